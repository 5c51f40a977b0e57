import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Depthwise 2-D convolution: output channel `c` sees input channel `c / multiplier` alone.
  ///
  /// Inputs: x NHWC `[N, H, W, I]`, weights `[1, kh, kw, I · multiplier]`, and for int8 the channel table `int32[4, O]`, for float32
  /// the bias `[O]`. Output: NHWC `[N, H', W', O]`. Attributes as for `conv_2d`.
  static let depthwiseConv2D = OperatorDefinition(
    "depthwise_conv_2d", inputs: 2...3,
    outputTypes: { node throws(PlanError) in
      [try node.depthwiseGeometry().output(node.input(0, "x").dataType)]
    },
    plan: { context throws(PlanError) in
      try context.node.isInt8(0, "x") ? try context.depthwiseS8() : try context.depthwiseF32()
    })
}

extension Node {
  fileprivate func depthwiseGeometry() throws(PlanError) -> ConvGeometry {
    let (x, w) = try convOperands(x: 0, "4 (1, height, width, channels)")
    let (inChannels, outChannels) = (x.shape[3], w.shape[3])
    guard w.shape[0] == 1, inChannels > 0, outChannels > 0, outChannels % inChannels == 0 else {
      throw .badValue(operand: "weights", reason: "needs shape [1, height, width, a multiple of x's channels]")
    }
    let axes = try windowAxes(height: x.shape[1], width: x.shape[2], kernelHeight: w.shape[1], kernelWidth: w.shape[2])
    return ConvGeometry(
      batch: x.shape[0], rows: axes.rows, columns: axes.columns, inChannels: inChannels, outChannels: outChannels,
      groupInChannels: 1)
  }
}

extension PlanContext {
  fileprivate func depthwiseS8() throws(PlanError) -> Step {
    let geometry = try node.depthwiseGeometry()
    let quantization = try node.convQuantization(try node.input(0, "x"))
    try node.requirePacked(1, .c16, byteCount: PackedWeights.c16ElementCount(geometry))
    let channels = try node.channelTable(2, outChannels: geometry.outChannels, hasScales: true)
    guard geometry.inChannels == geometry.outChannels, geometry.rows.kernelExtent <= DepthwiseConvS8.maximumKernelHeight
    else {
      return referenceStep(geometry) {
        Reference.depthwiseConvS8(
          geometry, quantization, input: $0, weights: $1, channels: channels, output: $2, units: $3)
      }
    }
    let row = KernelSet.depthwiseS8(for: geometry, on: cpu)
    let kernel = DepthwiseConvS8(geometry, quantization, kernel: row)
    let stage = DepthwiseStage(
      geometry: geometry, kernel: kernel, channels: channels, input: inputs[0], weights: inputs[1], output: outputs[0])
    return Step(
      unitCount: geometry.outputRowCount, kernel: row.name, dotProducts: geometry.dotProducts, stage: .depthwise(stage)
    ) { frame, units in
      stage.run(frame, units)
    }
  }

  fileprivate func depthwiseF32() throws(PlanError) -> Step {
    let geometry = try node.depthwiseGeometry()
    try node.requirePacked(1, .c16, byteCount: PackedWeights.c16ElementCount(geometry).map { $0 * 4 })
    try node.floatBias(2, outChannels: geometry.outChannels)
    let clamp = try node.activation().clampF32
    guard
      geometry.inChannels == geometry.outChannels,
      geometry.rows.kernelExtent <= DepthwiseConvF32.maximumKernelHeight
    else {
      return floatStep("reference", unitCount: geometry.outputRowCount, dotProducts: geometry.dotProducts) {
        Reference.depthwiseConvF32(geometry, clamp, input: $0, weights: $1, bias: $2, output: $3, units: $4)
      }
    }
    let row = KernelSet.depthwiseF32(for: cpu)
    let kernel = DepthwiseConvF32(geometry, clamp, kernel: row)
    return floatStep(row.name, unitCount: geometry.outputRowCount, dotProducts: geometry.dotProducts) {
      kernel(input: $0, weights: $1, bias: $2, output: $3, units: $4)
    }
  }
}
