import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Transposed 2-D convolution: input pixel (y, x) adds its products to the outputs at (y·stride − before + ky, …).
  ///
  /// Inputs: output shape `int32[4]` constant (NHWC), weights OHWI `[O, kh, kw, I]` row-major, x NHWC `[N, H, W, I]`, and for int8
  /// the channel table `int32[4, O]`, for float32 an optional bias `[O]`. Attributes: `padding`, `pads`, `stride_h/w`, `activation`,
  /// and for int8 `weight_zero_point`, `accumulator_bound`. The padding is that of a convolution from output to x, whose extents
  /// must agree.
  static let transposeConv = OperatorDefinition(
    "transpose_conv", inputs: 3...4,
    outputTypes: { node throws(PlanError) in
      let geometry = try node.transposeGeometry()
      return [
        try OutputType(
          node.input(2, "x").dataType,
          checking: [geometry.batch, geometry.rows.inputExtent, geometry.columns.inputExtent, geometry.outChannels])
      ]
    },
    plan: { context throws(PlanError) in
      try context.node.isInt8(2, "x") ? try context.transposeConvS8() : try context.transposeConvF32()
    })
}

private struct TransposeGeometry {
  let batch: Int
  let rows: WindowAxis
  let columns: WindowAxis
  let inChannels: Int
  let outChannels: Int
}

extension Node {
  fileprivate func transposeGeometry() throws(PlanError) -> TransposeGeometry {
    let (x, w) = try convOperands(x: 2, "4 (OHWI)")
    let extents = try constantInts(0, "output shape")
    guard extents.count == 4, let output = Shape(checking: extents) else {
      throw .badValue(operand: "output shape", reason: "needs four extents")
    }
    guard output[0] == x.shape[0], output[3] == w.shape[0], w.shape[3] == x.shape[3] else {
      throw .badValue(operand: "output shape", reason: "batch or channels differ from those of x and weights")
    }
    let axes = try windowAxes(height: output[1], width: output[2], kernelHeight: w.shape[1], kernelWidth: w.shape[2])
    guard axes.rows.outputExtent == x.shape[1], axes.columns.outputExtent == x.shape[2] else {
      throw .badValue(
        operand: "output shape", reason: "a convolution from it with this stride does not give the extents of x")
    }
    return TransposeGeometry(
      batch: output[0], rows: axes.rows, columns: axes.columns, inChannels: x.shape[3], outChannels: output[3])
  }
}

extension PlanContext {
  fileprivate func transposeConvS8() throws(PlanError) -> Step {
    let g = try node.transposeGeometry()
    let quantization = try node.convQuantization(try node.input(2, "x"))
    _ = try node.constant(1, "weights")
    let channels = try node.channelTable(3, outChannels: g.outChannels, hasScales: true)
    let (w, x, y) = (inputs[1], inputs[2], outputs[0])
    return Step(unitCount: g.batch * g.rows.inputExtent) { frame, units in
      Reference.transposeConvS8(
        batch: g.batch, rows: g.rows, columns: g.columns, inChannels: g.inChannels, outChannels: g.outChannels,
        quantization, input: frame.read(x), weights: frame.read(w), channels: channels, output: frame.write(y),
        units: units)
    }
  }

  fileprivate func transposeConvF32() throws(PlanError) -> Step {
    let g = try node.transposeGeometry()
    let hasBias = node.hasInput(3)
    if hasBias { try node.floatBias(3, outChannels: g.outChannels) }
    let bounds = try node.activation().bounds
    let (w, x, b, y) = (inputs[1], inputs[2], hasBias ? inputs[3] : nil, outputs[0])
    return Step(unitCount: g.batch * g.rows.inputExtent) { frame, units in
      Reference.transposeConvF32(
        batch: g.batch, rows: g.rows, columns: g.columns, inChannels: g.inChannels, outChannels: g.outChannels,
        bounds: bounds, input: frame.read(x), weights: frame.read(w), bias: b.map { frame.read($0) },
        output: frame.write(y),
        units: units)
    }
  }
}
