import EdgeTensor

/// Decides codes and bias corrections of one layer from what its weights were multiplied with.
struct LayerRounding {
  private let matrix: WeightMatrix
  private let statistics: LayerStatistics
  private let workers: Workers

  init(_ node: Graph.Node, _ graph: Graph, _ statistics: LayerStatistics, _ workers: Workers) {
    let form = WeightForm.byOperator[node.operatorName]!
    matrix = WeightMatrix(graph.input(form.weightsOperand, of: node)!, form)
    self.statistics = statistics
    self.workers = workers
  }

  private var channelsPerGroup: Int { matrix.channelCount / statistics.products.count }

  /// The layer with scales and codes for which its outputs change least.
  func rounded(_ layer: QuantizationRecipe.Layer) throws(QuantError) -> QuantizationRecipe.Layer {
    var layer = layer
    let diagonals = statistics.products.map { $0.diagonal }
    let depth = matrix.depth
    // One rounding for all channels of a group; depthwise layers have many small groups.
    let roundings = statistics.products.map { OptimalRounding($0) }
    let scales = layer.weightScales
    let channels = try workers.map(matrix.channelCount) { _, channel throws(QuantError) -> (Float, [Int8]) in
      let group = channel / channelsPerGroup
      let weights = matrix.values[channel * depth..<(channel + 1) * depth]
      let scale = LayerRounding.scale(weights, scales[channel], diagonals[group])
      let nearest = weights.map { WeightMatrix.code($0, scale) }
      return (scale, roundings[group]?.codes(weights, scale: scale, nearest: nearest[...]) ?? nearest)
    }
    layer.weightScales = channels.map { $0.0 }
    layer.setRounding(channels.flatMap { $0.1 }, matrix)
    return layer
  }

  /// The scale, 0.7 to 1 times `largest`, for which plain rounding errors weigh least.
  private static func scale(_ weights: ArraySlice<Float>, _ largest: Float, _ diagonal: [Double]) -> Float {
    var (best, least) = (largest, Double.infinity)
    for step in 0...15 {
      let scale = largest * (1 - 0.02 * Float(step))
      var error = 0.0
      for (weight, importance) in zip(weights, diagonal) {
        let difference = Double(weight - scale * Float(WeightMatrix.code(weight, scale)))
        error += importance * difference * difference
      }
      if error < least { (best, least) = (scale, error) }
    }
    return best
  }

  /// The layer with biases that make up for what rounding adds to the mean of each channel (Nagel et al., "Data-free quantization
  /// through weight equalization and bias correction", 2019, with means from the calibration data).
  func corrected(_ layer: QuantizationRecipe.Layer) -> QuantizationRecipe.Layer {
    guard statistics.count > 0, let codes = try? layer.codes(matrix, name: "") else { return layer }
    var layer = layer
    let depth = matrix.depth
    let corrections = (0..<matrix.channelCount).map { channel in
      let sums = statistics.sums[channel / channelsPerGroup]
      var shift = 0.0
      for k in 0..<depth {
        let index = channel * depth + k
        shift += (Double(matrix.values[index] / layer.weightScales[channel]) - Double(codes[index])) * sums[k]
      }
      let correction = (shift / Double(statistics.count)).rounded()
      return Int32(min(max(correction, -1e6), 1e6))
    }
    layer.biasCorrection = corrections.contains { $0 != 0 } ? corrections : nil
    return layer
  }
}
