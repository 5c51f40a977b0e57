import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Numbers to codes, or codes to codes of another scale.
  ///
  /// Inputs: x, float32, int8 or uint8, and where the output's scales differ along an axis (float32 to int8 alone), see
  /// `ChannelScales`. Output: int8 or uint8 as declared, of x's shape.
  static let quantize = OperatorDefinition(
    "quantize", inputs: 1...3, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in
      let type = node.outputs[0].dataType
      guard type == .int8 || type == .uint8 else {
        throw .unsupportedType(operand: "output", got: type, supported: "int8, uint8")
      }
      return try node.unaryOutput(type)
    },
    plan: { context throws(PlanError) in
      let type = try context.node.input(0, "x").dataType
      if let channels = try context.channelScales() {
        guard type == .float32, context.node.outputs[0].dataType == .int8 else {
          throw .badQuantization(
            operand: "output", reason: "scales that differ by channel need float32 in and int8 out")
        }
        return context.perElement { (x: Float, index: Int) in QuantizeS8(channels.quantization(of: index))(x) }
      }
      // uint8 codes are handled as int8 codes with the top bit flipped.
      let outputIsUInt8 = context.node.outputs[0].dataType == .uint8
      let output = try context.outputQuantization().recentered(if: outputIsUInt8)
      let outputFlip: Int8 = outputIsUInt8 ? .min : 0
      switch type {
      case .float32:
        let kernel = QuantizeS8(output)
        let (x, y, run) = (context.inputs[0], context.outputs[0], KernelSet.quantizeS8(for: context.cpu))
        return context.chunks(run.name) { frame, elements in
          kernel.run(frame.read(x), frame.write(y), elements, flippedBits: outputFlip, kernel: run)
        }
      case .int8, .uint8:
        let kernel = try context.kernel(
          RequantizeS8(input: context.quantization(0, "x").recentered(if: type == .uint8), output: output))
        let inputFlip: Int8 = type == .uint8 ? .min : 0
        return context.codewise { x in kernel(x ^ inputFlip) ^ outputFlip }
      default: throw .unsupportedType(operand: "x", got: type, supported: "float32, int8, uint8")
      }
    })
}

extension QuantParams {
  /// The same numbers for codes less 128: what uint8 becomes as int8.
  func recentered(if isUInt8: Bool) -> QuantParams {
    isUInt8 ? QuantParams(scale: scale, zeroPoint: zeroPoint - 128) : self
  }
}
