import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// 2-D convolution, grouped where the weights see fewer channels than x has: `y = act(x ∗ W + b)`.
  ///
  /// Inputs: x NHWC `[N, H, W, I]`, weights OHWI `[O, kh, kw, I / groups]`, and for int8 the channel table `int32[4, O]`, for
  /// float32 the bias `[O]`. Output: NHWC `[N, H', W', O]`. Attributes: `padding`, `pads`, `stride_h/w`, `dilation_h/w`, `activation`,
  /// and for int8 `weight_zero_point`, `accumulator_bound`.
  static let conv2D = OperatorDefinition(
    "conv_2d", inputs: 2...3, takesSparseWeights: true,
    outputTypes: { node throws(PlanError) in
      [try node.conv2DGeometry().output(node.input(0, "x").dataType)]
    },
    plan: { context throws(PlanError) in
      try context.node.isInt8(0, "x") ? try context.convS8() : try context.convF32()
    })
}

extension Node {
  fileprivate func conv2DGeometry() throws(PlanError) -> ConvGeometry {
    let (x, w) = try convOperands(x: 0, "4 (OHWI)")
    let (inChannels, outChannels, groupInChannels) = (x.shape[3], w.shape[0], w.shape[3])
    guard groupInChannels > 0, outChannels > 0, inChannels % groupInChannels == 0,
      inChannels > 0, outChannels % (inChannels / groupInChannels) == 0
    else {
      throw .badValue(operand: "weights", reason: "input channels are neither those of x nor those of a group of it")
    }
    let axes = try windowAxes(height: x.shape[1], width: x.shape[2], kernelHeight: w.shape[1], kernelWidth: w.shape[2])
    return ConvGeometry(
      batch: x.shape[0], rows: axes.rows, columns: axes.columns, inChannels: inChannels, outChannels: outChannels,
      groupInChannels: groupInChannels)
  }
}

extension PlanContext {
  fileprivate mutating func convS8() throws(PlanError) -> Step {
    let geometry = try node.conv2DGeometry()
    let quantization = try node.convQuantization(try node.input(0, "x"))
    let (weights, tile) = try gemmWeights(
      byteCount: PackedWeights.o16k4ByteCount(
        outputs: geometry.outChannels, rows: geometry.rows.kernelExtent, rowDepth: geometry.rowDepth))
    let channels = try node.channelTable(2, outChannels: geometry.outChannels, hasScales: true)
    guard !geometry.isGrouped, let kernel = ConvS8(geometry, quantization, kernel: tile, weights: weights) else {
      try node.requireDense(1)
      return referenceStep(geometry) {
        Reference.convS8(
          geometry, quantization, input: $0, weights: $1, channels: channels, output: $2, units: $3)
      }
    }
    let scratch = scratch(byteCountPerWorker: kernel.scratchByteCount)
    let stage = ConvStage(
      geometry: geometry, kernel: kernel, channels: channels, input: inputs[0], weights: inputs[1], output: outputs[0])
    return Step(
      unitCount: kernel.partCount, kernel: tile.name, dotProducts: geometry.dotProducts, stage: .conv(stage)
    ) { frame, units in
      stage.run(frame, parts: units, scratch: frame.scratch(scratch))
    }
  }

  fileprivate mutating func convF32() throws(PlanError) -> Step {
    let geometry = try node.conv2DGeometry()
    try node.requirePacked(
      1, .o16, byteCount: PackedWeights.o16ByteCount(outputs: geometry.outChannels, depth: geometry.depth))
    try node.floatBias(2, outChannels: geometry.outChannels)
    let clamp = try node.activation().clampF32
    guard !geometry.isGrouped else {
      return floatStep("reference", unitCount: geometry.outputRowCount, dotProducts: geometry.dotProducts) {
        Reference.convF32(geometry, clamp, input: $0, weights: $1, bias: $2, output: $3, units: $4)
      }
    }
    let tile = KernelSet.gemmF32(for: cpu)
    let kernel = ConvF32(geometry, clamp, kernel: tile)
    let scratch = scratch(byteCountPerWorker: ConvF32.scratchByteCount(geometry))
    let (x, w, b, y) = (inputs[0], inputs[1], inputs[2], outputs[0])
    return Step(unitCount: geometry.outputRowCount, kernel: tile.name, dotProducts: geometry.dotProducts) {
      frame, units in
      kernel(
        input: frame.read(x), weights: frame.read(w), bias: frame.read(b), output: frame.write(y), units: units,
        scratch: frame.scratch(scratch))
    }
  }
}
