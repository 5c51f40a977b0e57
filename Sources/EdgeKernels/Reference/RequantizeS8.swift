import EdgeTensor

/// Codes of one scale and zero point to codes of another: `output = clamp((x − zeroInput) · scaleInput / scaleOutput + zeroOutput)`.
///
/// Real uint8 data take part as `code − 128`, zero point − 128.
/// - SeeAlso: TensorFlow Lite's reference `requantize.h`.
public struct RequantizeS8: Sendable {
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let multiplier: QuantizedMultiplier

  /// - Returns: nil if the scales differ by 2³⁰ or more.
  public init?(input: QuantParams, output: QuantParams) {
    guard let multiplier = QuantizedMultiplier(Double(input.scale) / Double(output.scale)) else { return nil }
    self.multiplier = multiplier
    (zeroInput, zeroOutput) = (input.zeroPoint, output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ x: Int8) -> Int8 {
    ClampS8().apply(multiplier.apply(Int32(x) &- zeroInput), zeroPoint: zeroOutput)
  }
}

/// float32 to codes: `output = clamp(round(x / scale) + zeroPoint)`, ties away from zero; a division, not a product with 1 / scale.
///
/// Infinities saturate and NaN becomes the zero point, where the reference differs between CPUs.
/// - SeeAlso: TensorFlow Lite's reference `quantize.h`.
public struct QuantizeS8: Sendable {
  let quantization: QuantParams

  public init(_ quantization: QuantParams) { self.quantization = quantization }

  @inline(__always)
  public func callAsFunction(_ x: Float) -> Int8 {
    ClampS8().apply(FixedPoint.roundToInt32(x / quantization.scale), zeroPoint: quantization.zeroPoint)
  }
}
