import EdgeTensor

/// int8 rectifier with one slope for negative values: `output = x ≥ 0 ? x : alpha · x` in real numbers.
/// - SeeAlso: TensorFlow Lite's reference `leaky_relu.h`.
public struct LeakyReluS8: Sendable {
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let identity: QuantizedMultiplier
  private let slope: QuantizedMultiplier
  private let slopeIsNegative: Bool

  /// - Returns: nil if a factor is not finite, or 2³⁰ or more.
  public init?(
    input: QuantParams, output: QuantParams, alpha: Float
  ) {
    // Product and quotient round to float32, as in the reference.
    guard let identity = QuantizedMultiplier(Double(input.scale / output.scale)),
      let slope = QuantizedMultiplier(Double((input.scale * alpha / output.scale).magnitude))
    else { return nil }
    (self.identity, self.slope) = (identity, slope)
    slopeIsNegative = alpha < 0
    (zeroInput, zeroOutput) = (input.zeroPoint, output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ x: Int8) -> Int8 {
    let value = Int32(x) &- zeroInput
    let scaled = value >= 0 ? identity.apply(value) : slope.apply(value)
    return ClampS8().apply(value < 0 && slopeIsNegative ? 0 &- scaled : scaled, zeroPoint: zeroOutput)
  }
}
