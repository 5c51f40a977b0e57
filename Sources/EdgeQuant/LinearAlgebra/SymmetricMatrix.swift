import COpenBLAS

/// A symmetric matrix of float64 `[order, order]` for least squares on the host; both triangles are stored.
struct SymmetricMatrix {
  let order: Int
  /// Row-major, which for a symmetric matrix is column-major as well.
  var elements: [Double]

  init(order: Int) {
    self.order = order
    elements = [Double](repeating: 0, count: order * order)
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * order + column] }
    set { elements[row * order + column] = newValue }
  }

  var diagonal: [Double] { (0..<order).map { elements[$0 * order + $0] } }

  /// Adds `rowsᵀ · rows` of a matrix `[count, order]` to the upper triangle (of rows); `mirror` completes the other.
  ///
  /// Sums of whole numbers below 2⁵³ are exact, so that then neither the order of adding nor OpenBLAS's kernel shows in the result.
  mutating func addProducts(of rows: [Double]) {
    let count = rows.count / max(order, 1)
    guard count > 0 else { return }
    let n = Int32(order)
    elements.withUnsafeMutableBufferPointer { elements in
      cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, Int32(count), 1, rows, n, 1, elements.baseAddress, n)
    }
  }

  mutating func add(_ other: SymmetricMatrix) {
    for index in elements.indices { elements[index] += other.elements[index] }
  }

  /// Copies the upper triangle (of rows) to the lower one.
  mutating func mirror() {
    for row in 0..<order { for column in 0..<row { elements[row * order + column] = elements[column * order + row] } }
  }

  /// The matrix with rows and columns in another order: element (i, j) of the result is (permutation[i], permutation[j]).
  func permuted(_ permutation: [Int]) -> SymmetricMatrix {
    var result = SymmetricMatrix(order: order)
    for row in 0..<order {
      for column in 0..<order { result[row, column] = self[permutation[row], permutation[column]] }
    }
    return result
  }

  /// The upper triangular U with `UᵀU = self⁻¹`, row-major, zeros below; nil if the matrix is not positive definite.
  func choleskyOfInverse() -> [Double]? {
    // LAPACK counts columns first: its lower triangle is our upper one.
    var factor = elements
    var n = Int32(order)
    var info: Int32 = 0
    dpotrf_("L", &n, &factor, &n, &info, 1)
    guard info == 0 else { return nil }
    dpotri_("L", &n, &factor, &n, &info, 1)
    guard info == 0 else { return nil }
    dpotrf_("L", &n, &factor, &n, &info, 1)
    guard info == 0 else { return nil }
    for row in 0..<order { for column in 0..<row { factor[row * order + column] = 0 } }
    return factor
  }

  /// X with `self · X = right`, where `right` is `[order, count]` in column-major order; nil if the matrix is not positive definite.
  func solve(_ right: [Double], count: Int) -> [Double]? {
    var factor = elements
    var solution = right
    var n = Int32(order)
    var columns = Int32(count)
    var info: Int32 = 0
    dpotrf_("L", &n, &factor, &n, &info, 1)
    guard info == 0 else { return nil }
    dpotrs_("L", &n, &columns, factor, &n, &solution, &n, &info, 1)
    return info == 0 ? solution : nil
  }
}

/// OpenBLAS for this process.
enum LinearAlgebra {
  /// Keeps OpenBLAS to the calling thread: its own threads change the order of sums, and ours share the work already.
  static let isSingleThreaded: Void = openblas_set_num_threads(1)
}
