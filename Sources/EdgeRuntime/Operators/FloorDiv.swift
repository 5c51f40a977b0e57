import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise quotient with broadcasting, rounded down: `y = ⌊a / b⌋`.
  ///
  /// Inputs: a, b, float32, int32 or int8 alike; int8 divides the codes and looks at no scale. Output: their broadcast shape. Whole
  /// numbers saturate, and divided by zero give 0.
  static let floorDiv = OperatorDefinition(
    "floor_div", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "a").dataType {
      case .float32:
        return try context.elementwise { (a: Float, b: Float) in Float((Double(a) / Double(b)).rounded(.down)) }
      case .int32:
        return try context.elementwise { (a: Int32, b: Int32) in Int32(clamping: floorQuotient(Int64(a), Int64(b))) }
      case .int8:
        return try context.elementwise { (a: Int8, b: Int8) in Int8(clamping: floorQuotient(Int64(a), Int64(b))) }
      case let type: throw .unsupportedType(operand: "a", got: type, supported: "float32, int32, int8")
      }
    })
}

/// `⌊a / b⌋`, 0 if b is; both fit into 32 bits.
private func floorQuotient(_ a: Int64, _ b: Int64) -> Int64 {
  guard b != 0 else { return 0 }
  let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
  return remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient
}
