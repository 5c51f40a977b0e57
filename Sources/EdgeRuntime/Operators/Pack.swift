import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Joins tensors of one shape along a new axis.
  ///
  /// Inputs: any number of tensors, alike in type and shape. Attributes: `axis`, of the output, absent means 0; `values_count`, if
  /// present the number of inputs.
  static let pack = OperatorDefinition(
    "pack", inputs: OperatorDefinition.many,
    sharing: .bytes { node throws(PlanError) in node.joinedInputs(axis: try node.packedAxis()) },
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      for index in node.inputs.indices {
        let other = try node.input(index, "x")
        guard other.dataType == x.dataType else {
          throw .unsupportedType(operand: "x", got: other.dataType, supported: x.dataType.name)
        }
        guard other.shape == x.shape else { throw .shapeMismatch(operand: "x", expected: x.shape, got: other.shape) }
      }
      guard node.attributes.int("values_count") ?? node.inputs.count == node.inputs.count else {
        throw .badAttribute("values_count", reason: "differs from the number of inputs")
      }
      var extents = x.shape.dimensions
      extents.insert(
        node.inputs.count, at: try node.axis(node.attributes.int("axis") ?? 0, rank: x.shape.rank + 1, "axis"))
      return [try OutputType(x.dataType, checking: extents)]
    },
    plan: { context throws(PlanError) in
      let (x, y) = (try context.node.input(0, "x"), context.node.outputs[0])
      let axis = try context.node.packedAxis()
      var strides = y.shape.strides
      let step = strides.remove(at: axis)
      let moves = context.inputs.enumerated().map { index, input in
        Move(
          .operand(input), to: context.outputs[0],
          StridedCopy(
            extents: x.shape.dimensions, from: .init(strides: x.shape.strides),
            to: .init(offset: index * step, strides: strides), elementByteCount: x.dataType.byteCount))
      }
      return context.moveStep(moves)
    })
}

extension Node {
  fileprivate func packedAxis() throws(PlanError) -> Int {
    try axis(attributes.int("axis") ?? 0, rank: outputs[0].shape.rank, "axis")
  }
}
