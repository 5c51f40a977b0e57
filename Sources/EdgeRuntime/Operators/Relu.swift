import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = max(x, 0)`. Input and output: int8 or float32, of one shape.
  static let relu = rectifier("relu", 0, .infinity)
  /// `y = min(max(x, 0), 6)`. Input and output: int8 or float32, of one shape.
  static let relu6 = rectifier("relu6", 0, 6)
  /// `y = min(max(x, −1), 1)`. Input and output: int8 or float32, of one shape.
  static let reluN1To1 = rectifier("relu_n1_to_1", -1, 1)
  /// `y = min(max(x, 0), 1)`. Input and output: int8 or float32, of one shape.
  static let relu0To1 = rectifier("relu_0_to_1", 0, 1)

  private static func rectifier(_ name: StaticString, _ minimum: Float, _ maximum: Float) -> OperatorDefinition {
    OperatorDefinition(
      name, inputs: 1...1, sharing: .inPlace,
      outputTypes: { node throws(PlanError) in try node.unaryOutput() },
      plan: { context throws(PlanError) in
        switch try context.node.input(0, "x").dataType {
        case .int8:
          let kernel = try context.kernel(
            ReluS8(
              input: context.quantization(0, "x"), output: context.outputQuantization(), bounds: (minimum, maximum)))
          return context.codewise { x in kernel(x) }
        case .float32: return context.float { min(max($0, minimum), maximum) }
        case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
        }
      })
  }
}
