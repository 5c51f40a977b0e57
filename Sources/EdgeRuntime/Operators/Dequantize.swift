import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Codes to numbers: `y = scale · (x − zeroPoint)`.
  ///
  /// Inputs: x, int8 or uint8, and where the scales of an int8 x differ along an axis, see `ChannelScales`. Output: float32, of x's
  /// shape.
  static let dequantize = OperatorDefinition(
    "dequantize", inputs: 1...3, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput(.float32) },
    plan: { context throws(PlanError) in
      let type = try context.node.input(0, "x").dataType
      guard type == .int8 || type == .uint8 else {
        throw .unsupportedType(operand: "x", got: type, supported: "int8, uint8")
      }
      if let channels = try context.channelScales() {
        guard type == .int8 else {
          throw .unsupportedType(operand: "x with scales that differ by channel", got: type, supported: "int8")
        }
        return context.perElement { (x: Int8, index: Int) in
          let quantization = channels.quantization(of: index)
          return quantization.scale * Float(Int32(x) &- quantization.zeroPoint)
        }
      }
      let quantization = try context.quantization(0, "x")
      let (scale, zeroPoint) = (quantization.scale, quantization.zeroPoint)
      if type == .int8 { return context.elementwise { (x: Int8) in scale * Float(Int32(x) &- zeroPoint) } }
      return context.elementwise { (x: UInt8) in scale * Float(Int32(x) &- zeroPoint) }
    })
}
