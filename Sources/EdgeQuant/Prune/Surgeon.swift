import COpenBLAS

/// Removes inputs of a layer, each time making up for them with those that remain, so that outputs change least (Hassibi and Stork,
/// "Second order derivatives for network pruning: Optimal Brain Surgeon", 1993, for sets of weights).
struct Surgeon {
  /// Number of inputs.
  let order: Int
  let rowCount: Int
  /// Row-major `[rowCount, order]`; 0 for removed inputs.
  private(set) var weights: [Double]
  /// Of the damped covariance of the remaining inputs; rows and columns of removed ones are 0.
  private var inverse: [Double]

  /// - Parameters:
  ///   - covariance: of the inputs, damped, positive definite.
  ///   - weights: `[rowCount, order]`.
  /// - Returns: nil if the covariance is not positive definite.
  init?(_ covariance: SymmetricMatrix, _ weights: [Double]) {
    guard let inverse = covariance.inverse() else { return nil }
    self.init(inverse: inverse, weights)
  }

  init(inverse: SymmetricMatrix, _ weights: [Double]) {
    order = inverse.order
    self.inverse = inverse.elements
    self.weights = weights
    rowCount = weights.count / max(order, 1)
  }

  /// What the mean squared output error, summed over rows, grows by when `inputs` are removed.
  func cost(_ inputs: [Int]) -> Double {
    let p = inputs.count
    var gram = [Double](repeating: 0, count: p * p)
    weights.withUnsafeBufferPointer { weights in
      for row in 0..<rowCount {
        let start = row * order
        for i in 0..<p {
          let value = weights[start + inputs[i]]
          guard value != 0 else { continue }
          for j in i..<p { gram[i * p + j] += value * weights[start + inputs[j]] }
        }
      }
    }
    for i in 0..<p { for j in 0..<i { gram[i * p + j] = gram[j * p + i] } }
    guard let solved = block(inputs)?.solve(gram, count: p) else { return .infinity }
    return (0..<p).reduce(0) { $0 + solved[$1 * p + $1] }
  }

  private func block(_ inputs: [Int]) -> SymmetricMatrix? {
    var block = SymmetricMatrix(order: inputs.count)
    for (i, row) in inputs.enumerated() {
      guard inverse[row * order + row] > 0 else { return nil }
      for (j, column) in inputs.enumerated() { block[i, j] = inverse[row * order + column] }
    }
    return block
  }

  /// Removes inputs that have not been removed before.
  mutating func remove(_ inputs: [Int]) {
    let p = inputs.count
    var columns = [Double](repeating: 0, count: order * p)
    for k in 0..<order { for (i, input) in inputs.enumerated() { columns[k * p + i] = inverse[k * order + input] } }
    var removed = [Double](repeating: 0, count: rowCount * p)
    for row in 0..<rowCount {
      for (i, input) in inputs.enumerated() { removed[row * p + i] = weights[row * order + input] }
    }
    if let solved = block(inputs)?.solve(columns, count: order) {
      let (n, rows, depth) = (Int32(order), Int32(rowCount), Int32(p))
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, rows, n, depth, -1, removed, depth, solved, depth, 1, &weights, n)
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, n, n, depth, -1, columns, depth, solved, depth, 1, &inverse, n)
    }
    for input in inputs {
      for row in 0..<rowCount { weights[row * order + input] = 0 }
      for k in 0..<order {
        inverse[k * order + input] = 0
        inverse[input * order + k] = 0
      }
    }
  }
}

extension SymmetricMatrix {
  /// nil if the matrix is not positive definite.
  func inverse() -> SymmetricMatrix? {
    var result = self
    var n = Int32(order)
    var info: Int32 = 0
    dpotrf_("L", &n, &result.elements, &n, &info, 1)
    guard info == 0 else { return nil }
    dpotri_("L", &n, &result.elements, &n, &info, 1)
    guard info == 0 else { return nil }
    result.mirror()
    return result
  }

  /// Rows and columns of `indices`.
  func part(_ indices: [Int]) -> SymmetricMatrix { permuted(indices, order: indices.count) }

  private func permuted(_ indices: [Int], order count: Int) -> SymmetricMatrix {
    var result = SymmetricMatrix(order: count)
    for row in 0..<count { for column in 0..<count { result[row, column] = self[indices[row], indices[column]] } }
    return result
  }

  /// Adds a part of the diagonal's mean to the diagonal; a matrix of zeros becomes the unit matrix.
  func damped(_ fraction: Double) -> SymmetricMatrix {
    let mean = diagonal.reduce(0, +) / Double(max(order, 1))
    var result = self
    for k in 0..<order { result[k, k] += mean > 0 ? fraction * mean : 1 }
    return result
  }
}
