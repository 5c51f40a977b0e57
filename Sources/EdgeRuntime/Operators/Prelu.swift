import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Rectifier with slopes for negative values: `y = x ≥ 0 ? x : alpha · x`.
  ///
  /// Inputs: x, int8 or float32; alpha of the same type, which broadcasts to x. Output: like x.
  static let prelu = OperatorDefinition(
    "prelu", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let output = try node.broadcastOutput()
      guard output[0].shape == x.shape else {
        throw .shapeMismatch(operand: "alpha", expected: x.shape, got: try node.input(1, "alpha").shape)
      }
      return output
    },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = try context.kernel(
          PreluS8(
            input: context.quantization(0, "x"), alpha: context.quantization(1, "alpha"),
            output: context.outputQuantization()))
        return try context.elementwise { (x: Int8, alpha: Int8) in kernel(x, alpha: alpha) }
      case .float32: return try context.elementwise { (x: Float, alpha: Float) in x >= 0 ? x : x * alpha }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
