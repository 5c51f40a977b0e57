/// Steps for weight matrices in which every direction counts alike: the momentum of the gradients with its singular values set to about 1, by
/// Newton's iteration on products of matrices (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024).
struct OrthogonalSteps {
  /// One layer's weights.
  struct Matrix {
    /// Where they begin among the parameters.
    let start: Int
    let rows: Int
    let columns: Int
    /// Root mean square of the weights, which the step is a part of.
    let size: Float

    var count: Int { rows * columns }
  }

  private let matrices: [Matrix]
  private let momentum: Float
  private let means: [FloatBuffer]
  /// Which weights stay as they are.
  private let fixed: [[Int]]

  private static let iterationCount = 5

  init(_ matrices: [Matrix], fixed: [[Int]], momentum: Double) {
    (self.matrices, self.fixed, self.momentum) = (matrices, fixed, Float(momentum))
    means = matrices.map { FloatBuffer(count: $0.count) }
  }

  /// One step against the gradients.
  func step(
    _ parameters: FloatBuffer, _ gradients: FloatBuffer, rate: Double, _ workers: Workers
  ) throws(QuantError) {
    _ = try workers.map(matrices.count) { _, index throws(QuantError) in
      let (matrix, mean) = (matrices[index], means[index].start)
      let (values, gradient) = (parameters.start + matrix.start, gradients.start + matrix.start)
      for place in fixed[index] { gradient[place] = 0 }
      let direction = FloatBuffer(count: matrix.count)
      for place in 0..<matrix.count {
        mean[place] = momentum * mean[place] + gradient[place]
        direction.start[place] = gradient[place] + momentum * mean[place]
      }
      OrthogonalSteps.orthogonalize(direction, matrix.rows, matrix.columns)
      for place in fixed[index] { direction.start[place] = 0 }
      // The singular values are 1, so that the elements' root mean square is one over this.
      let step = Float(rate) * matrix.size * Float(max(matrix.rows, matrix.columns)).squareRoot()
      for place in 0..<matrix.count { values[place] -= step * direction.start[place] }
    }
  }

  /// Brings the singular values of `x[rows, columns]` near 1.
  private static func orthogonalize(_ x: FloatBuffer, _ rows: Int, _ columns: Int) {
    let norm = Float((0..<x.count).reduce(0.0) { $0 + Double(x.start[$1]) * Double(x.start[$1]) }.squareRoot())
    guard norm > 0 else { return }
    for index in 0..<x.count { x.start[index] /= norm }
    // Products of the shorter sides: P = X Xᵀ, or XᵀX.
    let isWide = rows <= columns
    let order = min(rows, columns)
    let (product, polynomial, next) = (
      FloatBuffer(count: order * order), FloatBuffer(count: order * order), FloatBuffer(count: x.count)
    )
    for _ in 0..<iterationCount {
      if isWide {
        MatrixProduct.rowsTimesRows(
          order, order, columns, x.start, columns, x.start, columns, product.start, order, adds: false)
      } else {
        product.start.update(repeating: 0, count: order * order)
        MatrixProduct.columnsTimesColumns(
          order, order, rows, x.start, columns, x.start, columns, product.start, order)
      }
      // X becomes a X + (b P + c P²) X.
      MatrixProduct.rowsTimesColumns(
        order, order, order, product.start, order, product.start, order, polynomial.start, order, adds: false)
      for index in 0..<order * order {
        polynomial.start[index] = -4.7750 * product.start[index] + 2.0315 * polynomial.start[index]
      }
      for index in 0..<order { polynomial.start[index * order + index] += 3.4445 }
      if isWide {
        MatrixProduct.rowsTimesColumns(
          rows, columns, rows, polynomial.start, rows, x.start, columns, next.start, columns, adds: false)
      } else {
        MatrixProduct.rowsTimesColumns(
          rows, columns, columns, x.start, columns, polynomial.start, columns, next.start, columns, adds: false)
      }
      x.start.update(from: next.start, count: x.count)
    }
  }
}
