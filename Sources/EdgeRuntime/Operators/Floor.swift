import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Rounds down. Input and output: float32, of one shape.
  static let floor = OperatorDefinition(
    "floor", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      let type = try context.node.input(0, "x").dataType
      guard type == .float32 else { throw .unsupportedType(operand: "x", got: type, supported: "float32") }
      return context.float { $0.rounded(.down) }
    })
}
