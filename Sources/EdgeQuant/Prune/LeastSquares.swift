import EdgeTensor

/// Fits a layer's weights and biases to what it should give for the inputs that it gets now.
struct LeastSquares {
  let layer: RepairLayer
  let statistics: RepairStatistics

  /// Part of the inputs' mean variance that is added to each: holds weights where the data say little.
  static let damping = 0.01

  /// Moves the weights, from what they are, to the damped least-squares solution. Weights that are 0 stay 0.
  func fitted(_ weights: LayerWeights) -> LayerWeights {
    guard statistics.count > 0, let targets = layer.targets else { return weights }
    var result = weights
    let depth = weights.depth
    let perGroup = weights.channelCount / layer.patches.groupCount
    let n = Double(statistics.count)
    for group in 0..<layer.patches.groupCount {
      let covariance = statistics.covariance(layer, group)
      let damped = covariance.damped(LeastSquares.damping)
      let means = statistics.means(layer, group)
      var byMask: [[Bool]: [Int]] = [:]
      for row in 0..<perGroup {
        let start = (group * perGroup + row) * depth
        byMask[weights.values[start..<start + depth].map { $0 != 0 }, default: []].append(row)
      }
      for (mask, rows) in byMask {
        let kept = mask.indices.filter { mask[$0] }
        var residuals: [Double] = []
        for row in rows {
          let start = (group * perGroup + row) * depth
          let target = statistics.targetSums[group][row] / n
          for k in kept {
            let both = statistics.cross[group][k * perGroup + row] / n - statistics.inputSums[group][k] / n * target
            var residual = both * layer.step * targets.step
            for j in kept { residual -= covariance[k, j] * Double(weights.values[start + j]) }
            residuals.append(residual)
          }
        }
        let changes = kept.isEmpty ? [] : damped.part(kept).solve(residuals, count: rows.count)
        for (position, row) in rows.enumerated() {
          let channel = group * perGroup + row
          var bias = statistics.targetSums[group][row] / n * targets.step
          for (place, k) in kept.enumerated() {
            let change = changes?[position * kept.count + place] ?? 0
            let value = Float(Double(weights.values[channel * depth + k]) + change)
            result.values[channel * depth + k] = value
            bias -= Double(value) * means[k]
          }
          result.bias[channel] = Float(bias)
        }
      }
    }
    return result
  }
}
