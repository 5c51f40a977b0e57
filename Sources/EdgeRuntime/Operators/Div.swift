import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise quotient with broadcasting: `y = act(a / b)`; integers truncate towards zero.
  ///
  /// Inputs: a, b, int8, float32 or int32 alike. Output: their broadcast shape. Attribute `activation`. An int32 divided by zero is 0;
  /// int8 see `DivS8`.
  static let div = OperatorDefinition(
    "div", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in
      let activation = try context.node.activation()
      switch try context.node.input(0, "a").dataType {
      case .int8:
        let kernel = try context.kernel(
          DivS8(
            a: context.quantization(0, "a"), b: context.quantization(1, "b"), output: context.outputQuantization(),
            activation: activation))
        return try context.elementwise { (a: Int8, b: Int8) in kernel(a, b) }
      case .float32: return try context.elementwise(activation) { (a: Float, b: Float) in a / b }
      case .int32:
        return try context.elementwise(activation) { (a: Int32, b: Int32) in
          b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
        }
      case let type: throw .unsupportedType(operand: "a", got: type, supported: "int8, float32, int32")
      }
    })
}
