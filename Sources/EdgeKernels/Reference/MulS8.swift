import EdgeTensor

/// int8 product: `output = a · b` in real numbers, then a clamp.
///
/// `output = clamp((a − zeroA)(b − zeroB) · (scaleA · scaleB / scaleOutput) + zeroOutput)`.
/// - SeeAlso: TensorFlow Lite's reference `mul.h`.
public struct MulS8: Sendable {
  let codes: FactorS8

  /// - Returns: nil if the factor is 2³⁰ or more.
  public init?(a: QuantParams, b: QuantParams, output: QuantParams, activation: Activation) {
    // Product and quotient round to float32, as in the reference.
    let factor = a.scale * b.scale / output.scale
    guard let codes = FactorS8(factor, a: a, b: b, output: output, activation: activation) else { return nil }
    self.codes = codes
  }

  @inline(__always)
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    let product = (Int32(a) &- codes.zeroA) &* (Int32(b) &- codes.zeroB)  // below 2¹⁶
    return codes.output(codes.multiplier.apply(product))
  }
}

/// What int8 products and quotients have in common: zero points, the factor from their integers to output codes, and the clamp.
struct FactorS8: Sendable {
  let zeroA: Int32
  let zeroB: Int32
  let multiplier: QuantizedMultiplier
  let zeroOutput: Int32
  let clamp: ClampS8

  /// - Returns: nil if the factor is 2³⁰ or more.
  init?(_ factor: Float, a: QuantParams, b: QuantParams, output: QuantParams, activation: Activation) {
    guard let multiplier = QuantizedMultiplier(Double(factor)) else { return nil }
    self.multiplier = multiplier
    (zeroA, zeroB, zeroOutput) = (a.zeroPoint, b.zeroPoint, output.zeroPoint)
    clamp = activation.clampS8(scale: output.scale, zeroPoint: output.zeroPoint)
  }

  @inline(__always)
  func output(_ scaled: Int32) -> Int8 { clamp.apply(scaled, zeroPoint: zeroOutput) }
}
