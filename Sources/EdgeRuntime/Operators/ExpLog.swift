import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = eˣ`.
  ///
  /// Inputs: x, int8 or float32; for int8 a table, constant int8 `[256]`. Output: like x.
  static let exp = OperatorDefinition(
    "exp", inputs: 1...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in try context.table(orFloat: ActivationF32.exp) })

  /// `y = ln x`; −∞ at 0, and NaN below. Input and output: float32, of one shape.
  static let log = OperatorDefinition(
    "log", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      let type = try context.node.input(0, "x").dataType
      guard type == .float32 else { throw .unsupportedType(operand: "x", got: type, supported: "float32") }
      return context.float(ActivationF32.log)
    })
}
