import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Every row along the last axis divided by its Euclidean length.
  ///
  /// Input and output: int8 or float32, of one shape. An int8 output has scale 1/128 and zero point 0. Attribute `uint8_rule`: 1 rounds
  /// as for uint8.
  static let l2Normalization = OperatorDefinition(
    "l2_normalization", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput() },
    plan: { context throws(PlanError) in
      guard try context.node.activation() == .none else {
        throw .badAttribute("activation", reason: "supported: none")
      }
      switch try context.node.input(0, "x").dataType {
      case .int8:
        guard try context.outputQuantization() == QuantParams(scale: 1 / 128, zeroPoint: 0) else {
          throw .badQuantization(operand: "output", reason: "needs scale 1/128 and zero point 0")
        }
        let kernel = L2NormalizationS8(
          zeroPoint: try context.quantization(0, "x").zeroPoint,
          usesUInt8Rule: context.node.attributes.bool("uint8_rule"))
        return try context.lastAxisRows { kernel($0, $1, $2) }
      case .float32: return try context.lastAxisRows { L2NormalizationF32.normalize($0, $1, $2) }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
