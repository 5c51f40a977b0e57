import EdgeTensor

/// int8 rectifier with a tensor of slopes: `output = x ≥ 0 ? x : alpha · x` in real numbers.
/// - SeeAlso: TensorFlow Lite's reference `prelu.h`.
public struct PreluS8: Sendable {
  private let zeroInput: Int32
  private let zeroAlpha: Int32
  private let zeroOutput: Int32
  private let identity: QuantizedMultiplier
  private let slope: QuantizedMultiplier

  /// - Returns: nil if a factor is 2³⁰ or more.
  public init?(
    input: QuantParams, alpha: QuantParams,
    output: QuantParams
  ) {
    // Product and quotient round to float32, as in the reference.
    guard let identity = QuantizedMultiplier(Double(input.scale / output.scale)),
      let slope = QuantizedMultiplier(Double(input.scale * alpha.scale / output.scale))
    else { return nil }
    (self.identity, self.slope) = (identity, slope)
    (zeroInput, zeroAlpha, zeroOutput) = (input.zeroPoint, alpha.zeroPoint, output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ x: Int8, alpha: Int8) -> Int8 {
    let value = Int32(x) &- zeroInput
    let scaled = value >= 0 ? identity.apply(value) : slope.apply(value &* (Int32(alpha) &- zeroAlpha))
    return ClampS8().apply(scaled, zeroPoint: zeroOutput)
  }
}
