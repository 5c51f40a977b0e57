import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise smaller of two values with broadcasting.
  ///
  /// Inputs: a, b, int8, float32, int32 or int64 alike; int8 compares the codes and looks at no scale. Output: their broadcast shape.
  static let minimum = OperatorDefinition(
    "minimum", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in try context.selection(ofLarger: false) })
}
