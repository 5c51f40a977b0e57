import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise squared difference with broadcasting: `y = (a − b)²`.
  ///
  /// Inputs: a, b, int8, float32 or int32 alike. Output: their broadcast shape.
  static let squaredDifference = OperatorDefinition(
    "squared_difference", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "a").dataType {
      case .int8:
        let kernel = try context.kernel(
          SquaredDifferenceS8(
            a: context.quantization(0, "a"), b: context.quantization(1, "b"), output: context.outputQuantization()),
          "scale too small for the square of the difference")
        return try context.elementwise { (a: Int8, b: Int8) in kernel(a, b) }
      case .float32: return try context.elementwise { (a: Float, b: Float) in (a - b) * (a - b) }
      case .int32: return try context.elementwise { (a: Int32, b: Int32) in (a &- b) &* (a &- b) }
      case let type: throw .unsupportedType(operand: "a", got: type, supported: "int8, float32, int32")
      }
    })
}
