import EdgeTensor

/// int8 quotient: `output = a / b` in real numbers, then a clamp.
///
/// The reciprocal of the denominator is taken in Q0.31; the numerator is shifted up as far as it goes before the product.
/// - SeeAlso: TensorFlow Lite's reference `div.h`.
public struct DivS8: Sendable {
  private let zeroA: Int32
  private let zeroB: Int32
  private let zeroOutput: Int32
  private let multiplier: QuantizedMultiplier
  private let clamp: ClampS8

  /// - Returns: nil if the factor is 2³⁰ or more.
  public init?(
    a: QuantParams, b: QuantParams, output: QuantParams,
    activation: Activation
  ) {
    // Product and quotient round to float32, as in the reference.
    guard let multiplier = QuantizedMultiplier(Double(a.scale / (b.scale * output.scale))) else { return nil }
    self.multiplier = multiplier
    (zeroA, zeroB, zeroOutput) = (a.zeroPoint, b.zeroPoint, output.zeroPoint)
    clamp = activation.clampS8(scale: output.scale, zeroPoint: output.zeroPoint)
  }

  /// Division by zero, which the reference leaves undefined, gives the bound on the side of the numerator's sign; `0 / 0` is 0.
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    var numerator = Int32(a) &- zeroA
    var denominator = Int32(b) &- zeroB
    if denominator == 0 {
      return clamp.apply(numerator == 0 ? 0 : numerator > 0 ? .max : .min, zeroPoint: zeroOutput)
    }
    if denominator < 0 { (numerator, denominator) = (-numerator, -denominator) }
    let reciprocal = FixedPoint.reciprocal(denominator)
    let headroom = Int32((numerator < 0 ? ~numerator : numerator).leadingZeroBitCount) - 1
    let quotient = FixedPoint.doublingHighMultiply(numerator << headroom, reciprocal.mantissa)
    let scaled = FixedPoint.doublingHighMultiply(quotient, multiplier.multiplier)
    let exponent = reciprocal.exponent + headroom - multiplier.shift
    return clamp.apply(DivS8.shiftRight(scaled, exponent), zeroPoint: zeroOutput)
  }

  /// `x / 2^exponent`, rounded as everywhere. Exponents above 31 occur for quotients below half a step; there the reference shifts by
  /// more bits than the type has, of which its CPUs take the lower five. That makes `0 / b` one code too large, and other small
  /// quotients saturate; here too. Negative exponents, undefined there, shift left.
  private static func shiftRight(_ x: Int32, _ exponent: Int32) -> Int32 {
    if exponent > 31 { return (x >> (exponent & 31)) &+ (x >= 0 ? 1 : 0) }
    if exponent < 0 { return FixedPoint.saturatingShiftLeft(x, -exponent) }
    return FixedPoint.roundingShiftRight(x, exponent)
  }
}
