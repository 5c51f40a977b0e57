import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// `y = √x`. Input and output: int8 or float32, of one shape. int8: truncated; below 0 as at 0.
  static let sqrt = OperatorDefinition(
    "sqrt", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = try SquareRootS8(input: context.quantization(0, "x"), output: context.outputQuantization())
        return context.codewise { x in kernel(x) }
      case .float32: return context.float { $0.squareRoot() }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
