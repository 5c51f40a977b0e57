import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// `y = x · Φ(x)`, Φ being the normal distribution function.
  ///
  /// Inputs: x, int8 or float32; for int8 a table, constant int8 `[256]`. Output: like x.
  /// Attribute `approximate`: 1 takes a formula with tanh for Φ.
  static let gelu = OperatorDefinition(
    "gelu", inputs: 1...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      let isApproximate = context.node.attributes.bool("approximate")
      return try context.table(orFloat: isApproximate ? ActivationF32.approximateGELU : ActivationF32.gelu)
    })
}
