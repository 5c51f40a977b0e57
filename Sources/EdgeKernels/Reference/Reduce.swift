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

  /// Wrapping 64-bit sums, divided and truncated towards zero.
  public func sums<T: FixedWidthInteger & BitwiseCopyable>(
    _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, outputs: Range<Int>, dividedBy divisor: Int
  ) {
    for i in outputs {
      let sum = fold(input, output: i, from: Int64.zero) { $0 &+ Int64(truncatingIfNeeded: $1) }
      output[i] = T(truncatingIfNeeded: sum / Int64(divisor))
    }
  }

  /// Sums, taken in float64, divided.
  public func sums(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, outputs: Range<Int>, dividedBy divisor: Int
  ) {
    for i in outputs { output[i] = Float(fold(input, output: i, from: 0.0) { $0 + Double($1) } / Double(divisor)) }
  }
}
