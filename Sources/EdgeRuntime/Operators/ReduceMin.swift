import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Smallest element along axes.
  ///
  /// Inputs: x, int8, float32, int32 or int64, int8 by code; axes, constant int32. Output: x's shape without the axes or, with attribute
  /// `keep_dims`, with extent 1 there.
  static let reduceMin = OperatorDefinition(
    "reduce_min", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.reducedOutput() },
    plan: { context throws(PlanError) in try context.extreme(isLargest: false) })
}
