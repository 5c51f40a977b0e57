import EdgeTensor

/// int8 quotient: `output = a / b` in real numbers, then a clamp.
///
/// The reciprocal of the denominator is taken in Q0.31; the numerator is shifted up as far as it goes before the product.
/// - SeeAlso: TensorFlow Lite's reference `div.h`.
public struct DivS8: Sendable {
  private let codes: FactorS8

  /// - Returns: nil if the factor is 2³⁰ or more.
  public init?(a: QuantParams, b: QuantParams, output: QuantParams, activation: Activation) {
    // Product and quotient round to float32, as in the reference.
    let factor = a.scale / (b.scale * output.scale)
    guard let codes = FactorS8(factor, a: a, b: b, output: output, activation: activation) else { return nil }
    self.codes = codes
  }

  /// Division by zero, which the reference leaves undefined, gives the bound on the side of the numerator's sign; `0 / 0` is 0.
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    var numerator = Int32(a) &- codes.zeroA
    var denominator = Int32(b) &- codes.zeroB
    if denominator == 0 {
      return codes.output(numerator == 0 ? 0 : numerator > 0 ? .max : .min)
    }
    if denominator < 0 { (numerator, denominator) = (-numerator, -denominator) }
    let reciprocal = FixedPoint.reciprocal(denominator)
    let headroom = Int32((numerator < 0 ? ~numerator : numerator).leadingZeroBitCount) - 1
    let quotient = FixedPoint.doublingHighMultiply(numerator << headroom, reciprocal.mantissa)
    let scaled = FixedPoint.doublingHighMultiply(quotient, codes.multiplier.multiplier)
    let exponent = reciprocal.exponent + headroom - codes.multiplier.shift
    return codes.output(DivS8.shiftRight(scaled, exponent))
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
