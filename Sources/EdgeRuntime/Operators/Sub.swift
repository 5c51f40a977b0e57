import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise difference with broadcasting: `y = act(a − b)`.
  ///
  /// Inputs: a, b, int8, float32, int32 or int64 alike. Output: their broadcast shape. Attribute `activation`.
  static let sub = OperatorDefinition(
    "sub", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in try context.addition(subtracts: true) })
}
