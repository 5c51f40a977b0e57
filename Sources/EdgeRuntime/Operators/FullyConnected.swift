import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Fully connected layer: `y = act(x · Wᵀ + b)`.
  ///
  /// Inputs: x of any rank, read as `[N, I]` with I the last extent of the weights; weights `[O, I]`; for int8 the channel table
  /// `int32[4, O]` whose last two rows hold a float64 factor, for float32 the bias `[O]`. Output: `[N, O]`, or x's shape with the last
  /// extent replaced if attribute `keep_num_dims` is 1. Other attributes: `activation`, and for int8 `weight_zero_point`,
  /// `accumulator_bound`.
  static let fullyConnected = OperatorDefinition(
    "fully_connected", inputs: 2...3, takesSparseWeights: true,
    outputTypes: { node throws(PlanError) in
      let (x, dense) = (try node.input(0, "x"), try node.denseGeometry())
      guard node.attributes.bool("keep_num_dims") else {
        return [try OutputType(x.dataType, checking: [dense.batch, dense.outChannels])]
      }
      guard x.shape.rank > 0, x.shape.dimensions.last == dense.depth else {
        throw .badAttribute("keep_num_dims", reason: "needs an x whose last extent is that of the weights")
      }
      return [try OutputType(x.dataType, checking: x.shape.dimensions.dropLast() + [dense.outChannels])]
    },
    plan: { context throws(PlanError) in
      try context.node.isInt8(0, "x") ? try context.fullyConnectedS8() : try context.fullyConnectedF32()
    })
}

extension Node {
  fileprivate func denseGeometry() throws(PlanError) -> (batch: Int, depth: Int, outChannels: Int) {
    let (x, w) = (try input(0, "x"), try weights("2 (outputs, inputs)", rank: 2, like: input(0, "x")))
    let (outChannels, depth) = (w.shape[0], w.shape[1])
    guard depth > 0, outChannels > 0, x.shape.elementCount % depth == 0 else {
      throw .badValue(operand: "weights", reason: "x is not made of rows of as many values as the weights' last extent")
    }
    return (x.shape.elementCount / depth, depth, outChannels)
  }
}

extension PlanContext {
  fileprivate mutating func fullyConnectedS8() throws(PlanError) -> Step {
    let dense = try node.denseGeometry()
    let quantization = try node.convQuantization(try node.input(0, "x"))
    let (weights, tile) = try gemmWeights(
      byteCount: PackedWeights.o16k4ByteCount(outputs: dense.outChannels, rows: 1, rowDepth: dense.depth))
    let channels = try node.channelTable(2, outChannels: dense.outChannels, hasScales: false)
    for c in 0..<dense.outChannels where !channels.factor(c).isFinite {
      throw .badValue(operand: "channels", reason: "a factor is not finite")
    }
    let kernel = FullyConnectedS8(
      batch: dense.batch, depth: dense.depth, outChannels: dense.outChannels,
      weightZeroPoint: quantization.weightZeroPoint,
      requantize: FullyConnectedRequantize(zeroPoint: quantization.outputZeroPoint, clamp: quantization.clamp),
      kernel: tile, factors: KernelSet.factorsS8(for: cpu), weights: weights)
    let (x, w, y) = (inputs[0], inputs[1], outputs[0])
    let scratch = scratch(byteCountPerWorker: FullyConnectedS8.scratchByteCount(depth: dense.depth))
    return Step(
      unitCount: kernel.unitCount, kernel: tile.name,
      dotProducts: (dense.batch * dense.outChannels, dense.depth)
    ) { frame, units in
      kernel(
        input: frame.read(x), weights: frame.read(w), channels: channels, output: frame.write(y), units: units,
        scratch: frame.scratch(scratch))
    }
  }

  fileprivate func fullyConnectedF32() throws(PlanError) -> Step {
    let dense = try node.denseGeometry()
    try node.requirePacked(
      1, .o16, byteCount: PackedWeights.o16ByteCount(outputs: dense.outChannels, depth: dense.depth))
    try node.floatBias(2, outChannels: dense.outChannels)
    let tile = KernelSet.gemmF32(for: cpu)
    let kernel = FullyConnectedF32(
      batch: dense.batch, depth: dense.depth, outChannels: dense.outChannels, try node.activation().clampF32,
      kernel: tile)
    return floatStep(
      tile.name, unitCount: kernel.unitCount, dotProducts: (dense.batch * dense.outChannels, dense.depth)
    ) {
      kernel(input: $0, weights: $1, bias: $2, output: $3, units: $4)
    }
  }
}
