import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise larger of two values with broadcasting.
  ///
  /// Inputs: a, b, int8, float32, int32 or int64 alike; int8 compares the codes and looks at no scale. Output: their broadcast shape.
  static let maximum = OperatorDefinition(
    "maximum", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in try context.selection(ofLarger: true) })
}

extension PlanContext {
  /// The computation of `maximum` and `minimum`.
  func selection(ofLarger: Bool) throws(PlanError) -> Step {
    switch try node.input(0, "a").dataType {
    case .int8:
      let kernel = SelectionS8(takesLarger: ofLarger)
      return try pairs { a, b, y, count in kernel.run(a, b, y, count: count) }
    case .float32: return try elementwise { (a: Float, b: Float) in ofLarger ? max(a, b) : min(a, b) }
    case .int32: return try elementwise { (a: Int32, b: Int32) in ofLarger ? max(a, b) : min(a, b) }
    case .int64: return try elementwise { (a: Int64, b: Int64) in ofLarger ? max(a, b) : min(a, b) }
    case let type: throw .unsupportedType(operand: "a", got: type, supported: "int8, float32, int32, int64")
    }
  }
}
