/// Reductions along axes of tensors that are not quantized, and largest and smallest codes.
extension Reduction {
  /// The largest elements `outputs`; the type's lowest value where there are no elements.
  public func maximum<T: Comparable & BitwiseCopyable>(
    _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, outputs: Range<Int>, lowest: T
  ) {
    for i in outputs { output[i] = fold(input, output: i, from: lowest) { max($0, $1) } }
  }

  /// The smallest elements `outputs`; the type's highest value where there are no elements.
  public func minimum<T: Comparable & BitwiseCopyable>(
    _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, outputs: Range<Int>, highest: T
  ) {
    for i in outputs { output[i] = fold(input, output: i, from: highest) { min($0, $1) } }
  }

  /// Wrapping sums.
  public func sum<T: FixedWidthInteger>(
    _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, outputs: Range<Int>
  ) {
    for i in outputs { output[i] = fold(input, output: i, from: T.zero) { $0 &+ $1 } }
  }

  /// Sums, taken in float64.
  public func sum(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, outputs: Range<Int>) {
    for i in outputs { output[i] = Float(fold(input, output: i, from: 0.0) { $0 + Double($1) }) }
  }

  /// Means of wrapping 64-bit sums, truncated towards zero; the mean of nothing is 0.
  public func mean<T: FixedWidthInteger>(
    _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, outputs: Range<Int>
  ) {
    let divisor = Int64(max(count, 1))
    for i in outputs {
      let sum = fold(input, output: i, from: Int64.zero) { $0 &+ Int64(truncatingIfNeeded: $1) }
      output[i] = T(truncatingIfNeeded: sum / divisor)
    }
  }

  /// Means, taken in float64; the mean of nothing is 0.
  public func mean(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, outputs: Range<Int>) {
    let divisor = Double(max(count, 1))
    for i in outputs { output[i] = Float(fold(input, output: i, from: 0.0) { $0 + Double($1) } / divisor) }
  }
}
