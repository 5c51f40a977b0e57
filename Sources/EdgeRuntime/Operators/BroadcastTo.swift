import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Repeats a tensor along its axes of extent 1 until it has a given shape, as NumPy does.
  ///
  /// Inputs: x of any type; shape, constant, at least x's rank.
  static let broadcastTo = OperatorDefinition(
    "broadcast_to", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let output = try OutputType(x.dataType, checking: try node.constantInts(1, "shape"))
      let added = output.shape.rank - x.shape.rank
      guard added >= 0 else { throw .badValue(operand: "shape", reason: "fewer axes than the input") }
      for (axis, extent) in x.shape.dimensions.enumerated() where extent != 1 && extent != output.shape[added + axis] {
        throw .shapeMismatch(operand: "x", expected: output.shape, got: x.shape)
      }
      return [output]
    },
    plan: { context throws(PlanError) in
      let x = try context.node.input(0, "x").shape
      let strides = zip(x.dimensions, x.strides).map { extent, step in extent == 1 ? 0 : step }
      let added = [Int](repeating: 0, count: context.node.outputs[0].shape.rank - x.rank)
      return context.rearrangement(of: 0, .init(strides: added + strides))
    })
}
