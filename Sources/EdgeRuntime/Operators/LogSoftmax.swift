import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = x − ln Σ eˣ` along the last axis.
  ///
  /// Input and output: int8 or float32, of one shape. An int8 output has scale 1/16 and zero point 127.
  static let logSoftmax = OperatorDefinition(
    "log_softmax", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "x").dataType {
      case .int8:
        guard try context.outputQuantization() == QuantParams(scale: 1 / 16, zeroPoint: 127) else {
          throw .badQuantization(operand: "output", reason: "needs scale 1/16 and zero point 127")
        }
        guard let kernel = LogSoftmaxS8(scale: try context.quantization(0, "x").scale) else {
          throw .badQuantization(operand: "x", reason: "scale is not above 2^-26")
        }
        return try context.lastAxisRows { kernel($0, $1, $2) }
      case .float32: return try context.lastAxisRows { SoftmaxF32.logSoftmax($0, $1, $2) }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
