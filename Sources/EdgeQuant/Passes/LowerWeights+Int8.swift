import EdgeKernels
import EdgeModel
import EdgeTensor

extension WeightLowering {
  /// Replaces the bias by the table `channels`, int32 `[4, channelCount rounded up to 16]`, padded with 0:
  ///
  /// | row | conv_2d, depthwise_conv_2d, transpose_conv | fully_connected |
  /// | --- | --- | --- |
  /// | 0 | bias | bias |
  /// | 1 | bias − z_x · Σ(w − z_w), wrapping; depthwise and transposed: bias | bias − z_x · Σ(w − z_w), wrapping |
  /// | 2 | multiplier | low half of the float64 factor |
  /// | 3 | shift | high half |
  ///
  /// and adds the attributes `weight_zero_point`, `accumulator_bound` (largest Σ|w − z_w| · 255 + |bias| of a channel) and
  /// `weights_include_minus_128`.
  func lowerInt8(
    _ node: inout Graph.Node, _ graph: inout Graph, _ packed: inout [PackedKey: Int]
  ) throws(Refusal) {
    if let bias, bias.dataType != .int32 { throw Refusal("the bias is \(bias.dataType); needs int32") }
    guard let quantization = weights.quantization else { throw Refusal("the weights have no scale") }
    guard !quantization.isPerChannel || quantization.axis == form.channelAxis else {
      throw Refusal("the scales of the weights count dimension \(quantization.axis); needs \(form.channelAxis)")
    }
    let usesUInt8Rule = node.attributes.bool("uint8_rule")
    let usesZeroPoint = (form.isFloat64Rule || usesUInt8Rule) && !quantization.isPerChannel
    let zeroPoint = usesZeroPoint ? quantization.zeroPoints[0] : 0
    let matrix = matrix(as: Int8.self)
    let sums = try channelSums(matrix, zeroPoint: zeroPoint)
    let channels = graph.add(
      Graph.Tensor(
        name: node.name + "/channels", dataType: .int32, shape: Shape([4, paddedChannelCount]),
        data: Graph.Tensor.bytes(of: try channelTable(sums, quantization, usesUInt8Rule: usesUInt8Rule))))

    if form.layoutS8 != .rowMajor {
      node.inputs[form.weightsOperand] = addPacked(form.layoutS8, &graph, &packed) {
        Graph.Tensor.bytes(
          of: form.layoutS8 == .o16k4
            ? PackedWeights.o16k4(matrix, outputs: channelCount, rows: kernelRowCount, rowDepth: depth / kernelRowCount)
            : PackedWeights.o16(matrix, outputs: channelCount, depth: depth))
      }
    }
    node.inputs = Array(node.inputs.prefix(form.biasOperand)) + [channels]
    node.attributes.set(Attribute("weight_zero_point", ints: [Int64(zeroPoint)]))
    node.attributes.set(Attribute("accumulator_bound", ints: [Int64(sums.bound)]))
    node.attributes.set(Attribute("weights_include_minus_128", ints: [matrix.contains(-128) ? 1 : 0]))
  }

  private var paddedChannelCount: Int { (channelCount + 15) / 16 * 16 }

  private struct ChannelSums {
    var bias: [Int32] = []
    /// Σ(w − z_w) by channel.
    var sum: [Int] = []
    var bound = 0
  }

  private func channelSums(_ matrix: [Int8], zeroPoint: Int32) throws(Refusal) -> ChannelSums {
    var sums = ChannelSums()
    sums.bias = bias?.values(as: Int32.self) ?? [Int32](repeating: 0, count: channelCount)
    for c in 0..<channelCount {
      var (sum, magnitude) = (0, 0)
      for k in c * depth..<(c + 1) * depth {
        let weight = Int(matrix[k]) - Int(zeroPoint)
        sum += weight
        magnitude += abs(weight)
      }
      let bound = magnitude * 255 + abs(Int(sums.bias[c]))
      guard bound < 1 << 31 else {
        throw Refusal("channel \(c) can reach an accumulator of \(bound), beyond 32 bits; use smaller weights or bias")
      }
      sums.sum.append(sum)
      sums.bound = max(sums.bound, bound)
    }
    return sums
  }

  private func channelTable(
    _ sums: ChannelSums, _ quantization: Graph.Quantization, usesUInt8Rule: Bool
  ) throws(Refusal) -> [Int32] {
    guard let input = x.singleQuantization else { throw Refusal("x has no single scale") }
    guard let result = output.singleQuantization else { throw Refusal("the output has no single scale") }
    guard output.dataType == .int8 else { throw Refusal("the output is \(output.dataType); needs int8") }
    let isFolded = form.layoutS8 == .o16k4
    var table = [Int32](repeating: 0, count: 4 * paddedChannelCount)
    if !form.isFloat64Rule {
      // Kernels are fastest where all sixteen shifts of a block go to the right; the padding's factor is 0 either way.
      for c in channelCount..<paddedChannelCount { table[3 * paddedChannelCount + c] = -1 }
    }
    for c in 0..<channelCount {
      let folded = Int32(truncatingIfNeeded: Int(sums.bias[c]) - Int(input.zeroPoint) * sums.sum[c])
      table[c] = sums.bias[c]
      table[paddedChannelCount + c] = isFolded ? folded : sums.bias[c]

      let weightScale = quantization.scale(channel: c)
      let product = usesUInt8Rule ? Double(input.scale * weightScale) : Double(input.scale) * Double(weightScale)
      let factor = product / Double(result.scale)
      if form.isFloat64Rule {
        table[2 * paddedChannelCount + c] = Int32(truncatingIfNeeded: factor.bitPattern)
        table[3 * paddedChannelCount + c] = Int32(truncatingIfNeeded: factor.bitPattern >> 32)
      } else {
        guard let scale = QuantizedMultiplier(factor) else {
          throw Refusal("channel \(c): the scales of x, weights and output give the factor \(factor), beyond 2^30")
        }
        table[2 * paddedChannelCount + c] = scale.multiplier
        table[3 * paddedChannelCount + c] = scale.shift
      }
    }
    return table
  }
}

extension Graph.Tensor {
  /// The scale and zero point of a tensor that has just one.
  var singleQuantization: QuantParams? {
    guard let quantization, !quantization.isPerChannel else { return nil }
    return QuantParams(scale: quantization.scales[0], zeroPoint: quantization.zeroPoints[0])
  }
}
