import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Rectifier with one slope for negative values: `y = x ≥ 0 ? x : alpha · x`.
  ///
  /// Input and output: int8 or float32, of one shape. Attribute `alpha`.
  static let leakyRelu = OperatorDefinition(
    "leaky_relu", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      guard let alpha = context.node.attributes.float("alpha"), alpha.isFinite else {
        throw .badAttribute("alpha", reason: "needs a finite number")
      }
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = try context.kernel(
          LeakyReluS8(input: context.quantization(0, "x"), output: context.outputQuantization(), alpha: alpha))
        return context.codewise { x in kernel(x) }
      case .float32: return context.float { $0 >= 0 ? $0 : $0 * alpha }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
