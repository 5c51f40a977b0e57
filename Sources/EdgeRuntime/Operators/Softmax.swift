import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// `y = e^(beta · x) / Σ e^(beta · x)` along the last axis.
  ///
  /// Input and output: int8 or float32, of one shape. Attribute `beta`, 1 if absent. An int8 output has scale 1/256 (within 0.1 %) and
  /// zero point −128.
  static let softmax = OperatorDefinition(
    "softmax", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      let beta = context.node.attributes.float("beta") ?? 1
      guard beta.isFinite else { throw .badAttribute("beta", reason: "is not a finite number") }
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let output = try context.outputQuantization()
        guard (output.scale - 1 / 256).magnitude <= 0.001 / 256, output.zeroPoint == -128 else {
          throw .badQuantization(operand: "output", reason: "needs scale 1/256 and zero point -128")
        }
        guard let kernel = SoftmaxS8(scale: try context.quantization(0, "x").scale, beta: beta) else {
          throw .badQuantization(operand: "x", reason: "beta times scale is not above 2^-26")
        }
        return try context.lastAxisRows { kernel($0, $1, $2) }
      case .float32: return try context.lastAxisRows { SoftmaxF32.softmax($0, $1, $2, beta: beta) }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
