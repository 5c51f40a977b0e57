import COpenBLAS

/// Products of row-major float32 matrices by OpenBLAS, which runs on the calling thread alone.
enum MatrixProduct {
  /// `c[m, n] += a[m, k] · b[n, k]ᵀ`, or without the sum.
  static func rowsTimesRows(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, adds: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(aStride), b, Int32(bStride),
      adds ? 1 : 0, c, Int32(cStride))
  }

  /// `c[m, n] += a[m, k] · b[k, n]`, or without the sum.
  static func rowsTimesColumns(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, adds: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(aStride), b, Int32(bStride),
      adds ? 1 : 0, c, Int32(cStride))
  }

  /// `c[m, n] += a[k, m]ᵀ · b[k, n]`.
  static func columnsTimesColumns(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(aStride), b, Int32(bStride), 1,
      c, Int32(cStride))
  }
}
