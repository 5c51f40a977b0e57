import EdgeTensor

/// int8 squared difference: `output = (a − b)²` in real numbers.
///
/// Both inputs are brought to a common scale, twice the larger of theirs, with 7 extra bits; the square is then brought to the
/// output's.
/// - SeeAlso: TensorFlow Lite's `squared_difference.cc`.
public struct SquaredDifferenceS8: Sendable {
  private static let leftShift: Int32 = 7
  private let zeroA: Int32
  private let zeroB: Int32
  private let zeroOutput: Int32
  private let multiplierA: QuantizedMultiplier
  private let multiplierB: QuantizedMultiplier
  private let multiplierOutput: QuantizedMultiplier

  /// - Returns: nil where the reference aborts: an output scale so small that the square's multiplier reaches 1.
  public init?(
    a: QuantParams, b: QuantParams, output: QuantParams
  ) {
    let common = 2 * Double(max(a.scale, b.scale))
    guard let multiplierA = QuantizedMultiplier(Double(a.scale) / common),
      let multiplierB = QuantizedMultiplier(Double(b.scale) / common),
      let multiplierOutput = QuantizedMultiplier(
        common * common / (Double(1 << (2 * SquaredDifferenceS8.leftShift)) * Double(output.scale))),
      multiplierOutput.shift <= 0
    else { return nil }
    (self.multiplierA, self.multiplierB, self.multiplierOutput) = (multiplierA, multiplierB, multiplierOutput)
    (zeroA, zeroB, zeroOutput) = (a.zeroPoint, b.zeroPoint, output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    let x = multiplierA.apply((Int32(a) &- zeroA) << SquaredDifferenceS8.leftShift)
    let y = multiplierB.apply((Int32(b) &- zeroB) << SquaredDifferenceS8.leftShift)
    let difference = x &- y  // at most 255 · 2⁷: each multiplier is at most ½
    return ClampS8().apply(multiplierOutput.apply(difference &* difference), zeroPoint: zeroOutput)
  }
}
