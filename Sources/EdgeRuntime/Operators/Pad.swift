import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Adds elements of real value 0 around a tensor: the output's zero point if it is quantized.
  ///
  /// Inputs: x of any type; paddings `[rank, 2]`, constant, elements before and after along each axis.
  static let pad = OperatorDefinition(
    "pad", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.paddedOutput() },
    plan: { context throws(PlanError) in
      let zero = context.node.outputs[0].quantization?.zeroPoint ?? 0
      return try context.padding(.value(UInt64(truncatingIfNeeded: zero)))
    })

  /// Adds elements of a given value around a tensor.
  ///
  /// Inputs: x, paddings as `pad`; value, one element of x's type and the output's quantization.
  static let padV2 = OperatorDefinition(
    "padv2", inputs: 3...3,
    outputTypes: { node throws(PlanError) in
      let (x, value) = (try node.input(0, "x"), try node.input(2, "value"))
      guard value.dataType == x.dataType else {
        throw .unsupportedType(operand: "value", got: value.dataType, supported: x.dataType.name)
      }
      guard value.shape.elementCount == 1 else { throw .badValue(operand: "value", reason: "must be one element") }
      return try node.paddedOutput()
    },
    plan: { context throws(PlanError) in
      guard try context.node.input(2, "value").quantization == context.node.outputs[0].quantization else {
        throw .badQuantization(operand: "value", reason: "must be the output's")
      }
      return try context.padding(.operand(context.inputs[2]))
    })
}

extension PlanContext {
  /// Copies x to the inside of the output. The border falls into two slabs for each axis, which lie inside the earlier axes'
  /// borders and span the later axes: together they are everything else, and nothing is written twice.
  fileprivate func padding(_ fill: Move.Source) throws(PlanError) -> Step {
    let (x, y) = (try node.input(0, "x").shape, node.outputs[0].shape)
    let paddings = try node.paddings()
    let strides = y.strides
    let byteCount = node.outputs[0].dataType.byteCount

    var moves: [Move] = []
    var extents = y.dimensions
    var offset = 0
    func addSlab(_ axis: Int, first: Int, count: Int) {
      var slab = extents
      slab[axis] = count
      moves.append(
        Move(
          fill, to: outputs[0],
          StridedCopy(
            extents: slab, from: .init(strides: slab.map { _ in 0 }),
            to: .init(offset: offset + first * strides[axis], strides: strides), elementByteCount: byteCount)))
    }
    for (axis, padding) in paddings.enumerated() {
      addSlab(axis, first: 0, count: padding.before)
      addSlab(axis, first: padding.before + x[axis], count: padding.after)
      extents[axis] = x[axis]
      offset += padding.before * strides[axis]
    }
    moves.append(
      Move(
        .operand(inputs[0]), to: outputs[0],
        StridedCopy(
          extents: x.dimensions, from: .init(strides: x.strides), to: .init(offset: offset, strides: strides),
          elementByteCount: byteCount)))
    return moveStep(moves)
  }
}
