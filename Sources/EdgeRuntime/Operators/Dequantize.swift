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
      // uint8 codes are handled as int8 codes with the top bit flipped.
      let kernel = DequantizeS8(try context.quantization(0, "x").recentered(if: type == .uint8))
      let inputFlip: Int8 = type == .uint8 ? .min : 0
      let (x, y) = (context.inputs[0], context.outputs[0])
      return context.chunks { frame, elements in
        kernel.run(frame.read(x), frame.write(y), elements, flippedBits: inputFlip)
      }
    })
}
