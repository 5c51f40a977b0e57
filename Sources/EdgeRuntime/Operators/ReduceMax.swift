import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Largest element along axes.
  ///
  /// Inputs: x, int8, float32, int32 or int64, int8 by code; axes, constant int32. Output: x's shape without the axes or, with attribute
  /// `keep_dims`, with extent 1 there.
  static let reduceMax = OperatorDefinition(
    "reduce_max", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.reducedOutput() },
    plan: { context throws(PlanError) in try context.extreme(isLargest: true) })
}

extension PlanContext {
  /// The computation of `reduce_max` and `reduce_min`.
  func extreme(isLargest: Bool) throws(PlanError) -> Step {
    let limit = Float.greatestFiniteMagnitude
    switch try node.input(0, "x").dataType {
    case .int8: return try extreme(isLargest, Int8.min, .max)
    case .float32: return try extreme(isLargest, -limit, limit)
    case .int32: return try extreme(isLargest, Int32.min, .max)
    case .int64: return try extreme(isLargest, Int64.min, .max)
    case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32, int32, int64")
    }
  }

  private func extreme<T: Comparable & BitwiseCopyable & Sendable>(
    _ isLargest: Bool, _ lowest: T, _ highest: T
  ) throws(PlanError) -> Step {
    let reduction = try node.reduction()
    return reduce(reduction) { (x: UnsafePointer<T>, y, outputs) in
      if isLargest {
        reduction.maximum(x, y, outputs: outputs, lowest: lowest)
      } else {
        reduction.minimum(x, y, outputs: outputs, highest: highest)
      }
    }
  }
}
