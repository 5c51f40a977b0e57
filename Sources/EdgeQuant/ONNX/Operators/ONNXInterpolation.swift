import EdgeTensor

/// How an interpolation weighs the elements around a position.
enum InterpolationFilter {
  case linear
  /// Keys' cubic convolution with this coefficient.
  case cubic(Float)

  /// Elements on either side that have weights.
  fileprivate var reach: Double {
    switch self {
    case .linear: 1
    case .cubic: 2
    }
  }

  /// - Parameter distance: from the position, in elements; at least 0.
  fileprivate func weight(_ distance: Double) -> Double {
    switch self {
    case .linear: return max(0, 1 - distance)
    case .cubic(let coefficient):
      let (a, d) = (Double(coefficient), distance)
      if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    }
  }
}

extension ResizeRequest {
  /// Row i has the weights of the input elements in output element i. Beyond the edge, elements repeat, or have no weight where the
  /// node says so.
  fileprivate func matrix(_ axis: Axis, _ filter: InterpolationFilter) throws(Refusal) -> [Float] {
    // Smoothing spreads the filter over the elements that one output element stands for.
    let spread = usesAntialias ? max(1, 1 / Double(axis.scale)) : 1
    var matrix = [Float](repeating: 0, count: axis.output * axis.input)
    for i in 0..<axis.output {
      let position = Double(try position(i, axis))
      guard position.isFinite, abs(position) < 1e9 else { throw Refusal("its scales are out of range") }
      let reach = filter.reach * spread
      var row = [Double](repeating: 0, count: axis.input)
      let first = Int((position - reach).rounded(.up))
      for element in first...max(first, Int((position + reach).rounded(.down))) {
        let weight = filter.weight(abs(Double(element) - position) / spread)
        let inside = min(max(element, 0), axis.input - 1)
        if inside == element || !excludesOutside { row[inside] += weight }
      }
      let sum = row.reduce(0, +)
      guard sum != 0 else { throw Refusal("no element has a weight in output element \(i)") }
      let divisor = excludesOutside || usesAntialias ? sum : 1
      for (element, weight) in row.enumerated() { matrix[i * axis.input + element] = Float(weight / divisor) }
    }
    return matrix
  }
}

extension ONNXBuilder {
  /// Weighted sums along height, then along width: products with a matrix for each.
  mutating func interpolated(
    _ x: Int, _ request: ResizeRequest, _ filter: InterpolationFilter
  ) throws(Refusal) -> Int {
    guard request.axes.count == 4, request.axes[..<2].allSatisfy({ $0.input == $0.output }), shape(x)[0] == 1 else {
      throw Refusal("interpolation of \(shape(x)) is supported along height and width of one NCHW picture alone")
    }
    let (height, width, channels) = (request.axes[2], request.axes[3], request.axes[1].input)
    guard height.input * height.output <= ONNXBuilder.maximumMatrixCount,
      width.input * width.output <= ONNXBuilder.maximumMatrixCount
    else { throw Refusal("from \(shape(x)): too large for an interpolation with weights of its own") }
    let rows = constant(floats: try request.matrix(height, filter), shape: [1, height.output, height.input], "rows")
    let columns = constant(floats: try request.matrix(width, filter), shape: [1, width.output, width.input], "columns")
    let picture = try reshape(try channelsLast(x), [1, height.input, width.input * channels])
    let tall = try emit("batch_matmul", [rows, picture])
    let lines = try reshape(tall, [height.output, width.input, channels])
    let wide = try emit("batch_matmul", [columns, lines])
    return try channelsFirst(try reshape(wide, [1, height.output, width.output, channels]))
  }

  /// Elements of a matrix that interpolates along one axis.
  fileprivate static let maximumMatrixCount = 1 << 22
}
