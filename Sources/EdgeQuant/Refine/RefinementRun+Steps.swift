extension RefinementRun {
  /// By parameter: the root mean square of its layer's weights or biases. Weights that are 0 were removed, and stay.
  var rates: FloatBuffer {
    func size(_ range: Range<Int>) -> Float {
      let squares = range.reduce(0.0) { $0 + Double(parameters.start[$1]) * Double(parameters.start[$1]) }
      return Float((squares / Double(max(range.count, 1))).squareRoot())
    }
    let rates = FloatBuffer(count: parameters.count)
    for (key, range) in present.parameters.ranges {
      let isWeights = key.bias == nil
      var rate = size(range)
      // Biases that begin at 0 have no size of their own.
      if !isWeights, rate == 0 {
        rate = present.parameters.ranges[.init(weights: key.weights, bias: nil)].map(size) ?? 0
      }
      for index in range { rates.start[index] = isWeights && parameters.start[index] == 0 ? 0 : rate }
    }
    return rates
  }

  /// Steps for the weights of convolutions and dense layers, which Adam then leaves alone: their rates become 0.
  func orthogonalSteps(_ rates: FloatBuffer) -> OrthogonalSteps {
    var matrices: [OrthogonalSteps.Matrix] = []
    var fixed: [[Int]] = []
    for (key, range) in present.parameters.ranges.sorted(by: { $0.value.lowerBound < $1.value.lowerBound }) {
      guard key.bias == nil, let rows = matrixRows[key.weights], let size = range.map({ rates.start[$0] }).max() else {
        continue
      }
      matrices.append(.init(start: range.lowerBound, rows: rows, columns: range.count / rows, size: size))
      fixed.append(range.indices.map { $0 - range.lowerBound }.filter { rates.start[range.lowerBound + $0] == 0 })
      for index in range { rates.start[index] = 0 }
    }
    return OrthogonalSteps(matrices, fixed: fixed, momentum: settings.momentum)
  }
}
