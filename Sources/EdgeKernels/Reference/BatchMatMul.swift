/// The geometry of products of matrices: `output[b] = a[b] · y[b]`, `[rows, depth] · [depth, columns]`, either of them stored
/// transposed, batches broadcast.
public struct BatchMatMul: Sendable {
  /// One factor. Everything counts elements.
  public struct Factor: Sendable {
    /// Between matrices along each batch axis; 0 where the factor repeats.
    let batchStrides: [Int]
    /// Between rows (of the left factor) or columns (of the right one).
    let outerStride: Int
    let depthStride: Int

    public init(batchStrides: [Int], outerStride: Int, depthStride: Int) {
      self.batchStrides = batchStrides
      self.outerStride = outerStride
      self.depthStride = depthStride
    }
  }

  let batch: [Int]
  let rows: Int
  let columns: Int
  let depth: Int
  let left: Factor
  let right: Factor

  public init(batch: [Int], rows: Int, columns: Int, depth: Int, left: Factor, right: Factor) {
    (self.batch, self.rows, self.columns, self.depth) = (batch, rows, columns, depth)
    (self.left, self.right) = (left, right)
  }

  /// Rows of all output matrices together: units of work that may be computed apart.
  public var rowCount: Int { columns == 0 ? 0 : batch.reduce(rows, *) }

  /// Calls `body(left, right, output)` with element indices of what belongs to each element of a range of rows.
  @inline(__always)
  private func forEach(rows range: Range<Int>, _ body: (Int, Int, Int) -> Void) {
    for row in range {
      var remaining = row / rows
      var (a, b) = (row % rows * left.outerStride, 0)
      var axis = batch.count - 1
      while axis >= 0 {  // `reversed()` would allocate in unoptimized builds
        a += remaining % batch[axis] * left.batchStrides[axis]
        b += remaining % batch[axis] * right.batchStrides[axis]
        remaining /= batch[axis]
        axis -= 1
      }
      for column in 0..<columns { body(a, b + column * right.outerStride, row * columns + column) }
    }
  }

  /// float32, summed in order of depth.
  public func runF32(
    _ range: Range<Int>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    let (aStep, bStep) = (left.depthStride, right.depthStride)
    forEach(rows: range) { i, j, target in
      var sum: Float = 0
      for k in 0..<depth { sum += a[i &+ k &* aStep] * b[j &+ k &* bStep] }
      output[target] = sum
    }
  }

  /// int8: the sum of `(a − zeroPoint_a) · (b − zeroPoint_b)`, in wrapping int32, is brought to the output's scale.
  /// - Parameter multiplier: of `float32(scale_a · scale_b) / scale_output`, the quotient in float64.
  public func runS8(
    _ range: Range<Int>, _ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>,
    zeroPoints: (a: Int32, b: Int32, output: Int32), multiplier: QuantizedMultiplier
  ) {
    let (aStep, bStep) = (left.depthStride, right.depthStride)
    forEach(rows: range) { i, j, target in
      var sum: Int32 = 0
      for k in 0..<depth {
        let x = Int32(a[i &+ k &* aStep]) &- zeroPoints.a
        let y = Int32(b[j &+ k &* bStep]) &- zeroPoints.b
        sum &+= x &* y
      }
      output[target] = ClampS8().apply(multiplier.apply(sum), zeroPoint: zeroPoints.output)
    }
  }
}
