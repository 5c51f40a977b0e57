import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = x / (1 + e⁻ˣ)`, also called SiLU.
  ///
  /// Inputs: x, int8 or float32; for int8 a table, constant int8 `[256]`. Output: like x.
  static let swish = OperatorDefinition(
    "swish", inputs: 1...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in try context.table(orFloat: ActivationF32.swish) })
}
