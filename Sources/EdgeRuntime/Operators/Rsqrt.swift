import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = 1 / √x`. Input and output: int8 or float32, of one shape. int8: 127 at 0 and below.
  static let rsqrt = OperatorDefinition(
    "rsqrt", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = try context.kernel(
          InverseSquareRootS8(input: context.quantization(0, "x"), output: context.outputQuantization()),
          "scales too small")
        return context.codewise { x in kernel(x) }
      case .float32: return context.float(ActivationF32.inverseSquareRoot)
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
