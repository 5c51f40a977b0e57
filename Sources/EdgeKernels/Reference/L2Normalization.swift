import EdgeTensor

/// One row divided by its Euclidean length, int8: output scale 1/128, zero point 0.
///
/// The sum of squares saturates at 2³¹ − 1, which takes rows of 33,026 elements and more.
/// - SeeAlso: TensorFlow Lite's reference `l2normalization.h`.
public struct L2NormalizationS8: Sendable {
  private let zeroPoint: Int32
  private let usesUInt8Rule: Bool

  /// - Parameter usesUInt8Rule: whether to round as the reference's uint8 kernel, codes being `uint8 − 128`.
  public init(zeroPoint: Int32, usesUInt8Rule: Bool) {
    (self.zeroPoint, self.usesUInt8Rule) = (zeroPoint, usesUInt8Rule)
  }

  public func callAsFunction(_ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, _ count: Int) {
    var squares: Int64 = 0
    for i in 0..<count {
      let value = Int64(input[i]) - Int64(zeroPoint)
      squares += value * value
    }
    let root = FixedPoint.inverseSquareRoot(Int32(clamping: squares))
    let scaled = QuantizedMultiplier(multiplier: root.multiplier, shift: root.shift + 7)
    for i in 0..<count {
      let value = Int32(input[i]) - zeroPoint
      let normalized = usesUInt8Rule ? root.apply(128 * value) : scaled.apply(value)
      output[i] = ClampS8().apply(normalized, zeroPoint: 0)
    }
  }
}

/// One row divided by its Euclidean length, float32; lengths below 10⁻⁶ count as that.
public enum L2NormalizationF32 {
  public static func normalize(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    var squares = 0.0
    for i in 0..<count { squares += Double(input[i]) * Double(input[i]) }
    let length = max(squares.squareRoot(), Double(1e-6 as Float))
    for i in 0..<count { output[i] = Float(Double(input[i]) / length) }
  }
}
