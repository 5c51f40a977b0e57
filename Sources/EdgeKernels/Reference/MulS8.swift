import EdgeTensor

/// int8 product: `output = a · b` in real numbers, then a clamp.
///
/// `output = clamp((a − zeroA)(b − zeroB) · (scaleA · scaleB / scaleOutput) + zeroOutput)`.
/// - SeeAlso: TensorFlow Lite's reference `mul.h`.
public struct MulS8: Sendable {
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
    guard let multiplier = QuantizedMultiplier(Double(a.scale * b.scale / output.scale)) else { return nil }
    self.multiplier = multiplier
    (zeroA, zeroB, zeroOutput) = (a.zeroPoint, b.zeroPoint, output.zeroPoint)
    clamp = activation.clampS8(scale: output.scale, zeroPoint: output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    let product = (Int32(a) &- zeroA) &* (Int32(b) &- zeroB)  // below 2¹⁶
    return clamp.apply(multiplier.apply(product), zeroPoint: zeroOutput)
  }
}
