import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise product with broadcasting: `y = act(a · b)`.
  ///
  /// Inputs: a, b, int8, float32, int32 or int64 alike. Output: their broadcast shape. Attribute `activation`.
  static let mul = OperatorDefinition(
    "mul", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in
      let activation = try context.node.activation()
      switch try context.node.input(0, "a").dataType {
      case .int8:
        let kernel = try context.kernel(
          MulS8(
            a: context.quantization(0, "a"), b: context.quantization(1, "b"), output: context.outputQuantization(),
            activation: activation))
        let vector = KernelSet.mulS8(for: context.cpu)
        return try context.pairs(vector?.name ?? "") { a, b, y, count in
          kernel.run(a, b, y, count: count, kernel: vector)
        }
      case .float32: return try context.elementwise(.multiply, activation)
      case .int32: return try context.elementwise(activation) { (a: Int32, b: Int32) in a &* b }
      case .int64: return try context.elementwise(activation) { (a: Int64, b: Int64) in a &* b }
      case let type: throw .unsupportedType(operand: "a", got: type, supported: "int8, float32, int32, int64")
      }
    })
}
