import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// The slices of a tensor along one axis, each an output without that axis.
  ///
  /// Input: x of any type. Attributes: `axis`, absent means 0; `num`, if present the number of outputs.
  static let unpack = OperatorDefinition(
    "unpack", inputs: 1...1, outputs: OperatorDefinition.many,
    sharing: .bytes { node throws(PlanError) in try node.splitOutputs(of: 0, axis: try node.unpackedAxis()) },
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let axis = try node.unpackedAxis()
      guard node.attributes.int("num") ?? node.outputs.count == node.outputs.count else {
        throw .badAttribute("num", reason: "differs from the number of outputs")
      }
      guard x.shape[axis] == node.outputs.count else {
        throw .badValue(operand: "x", reason: "extent differs from the number of outputs")
      }
      var extents = x.shape.dimensions
      extents.remove(at: axis)
      return [OutputType](repeating: try OutputType(x.dataType, checking: extents), count: node.outputs.count)
    },
    plan: { context throws(PlanError) in
      let x = try context.node.input(0, "x")
      let axis = try context.node.unpackedAxis()
      var strides = x.shape.strides
      let step = strides.remove(at: axis)
      let y = context.node.outputs[0].shape
      let moves = context.outputs.enumerated().map { index, output in
        Move(
          .operand(context.inputs[0]), to: output,
          StridedCopy(
            extents: y.dimensions, from: .init(offset: index * step, strides: strides), to: .init(strides: y.strides),
            elementByteCount: x.dataType.byteCount))
      }
      return context.moveStep(moves)
    })
}

extension Node {
  fileprivate func unpackedAxis() throws(PlanError) -> Int {
    try axis(attributes.int("axis") ?? 0, rank: try input(0, "x").shape.rank, "axis")
  }
}
