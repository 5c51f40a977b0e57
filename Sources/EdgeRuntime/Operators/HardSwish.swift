import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = x · min(max(x + 3, 0), 6) / 6`. Input and output: int8 or float32, of one shape.
  static let hardSwish = OperatorDefinition(
    "hard_swish", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = try context.kernel(
          HardSwishS8(input: context.quantization(0, "x"), output: context.outputQuantization()),
          "needs an output scale above 1/128 of the input's")
        return context.codewise { x in kernel(x) }
      case .float32: return context.float(ActivationF32.hardSwish)
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
