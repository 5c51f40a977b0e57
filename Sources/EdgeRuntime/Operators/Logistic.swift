import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = 1 / (1 + e⁻ˣ)`.
  ///
  /// Inputs: x, int8 or float32; for int8 a table, constant int8 `[256]`. Output: like x. An int8 output has scale 1/256.
  static let logistic = OperatorDefinition(
    "logistic", inputs: 1...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      if try context.node.input(0, "x").dataType == .int8, try context.outputQuantization().scale != 1 / 256 {
        throw .badQuantization(operand: "output", reason: "needs scale 1/256")
      }
      return try context.table(orFloat: ActivationF32.logistic)
    })
}
