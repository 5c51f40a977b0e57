import EdgeTensor

/// int8 rectifier between two bounds, with rescaling: `output = min(max(x, minimum), maximum)` in real numbers.
/// - SeeAlso: TensorFlow Lite's `activations.cc`.
public struct ReluS8: Sendable {
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let multiplier: QuantizedMultiplier
  private let clamp: ClampS8

  /// - Parameter bounds: real; may be infinite.
  /// - Returns: nil if the scales differ by 2³⁰ or more.
  public init?(
    input: QuantParams, output: QuantParams,
    bounds: (minimum: Float, maximum: Float)
  ) {
    guard let multiplier = QuantizedMultiplier(Double(input.scale / output.scale)) else { return nil }
    self.multiplier = multiplier
    (zeroInput, zeroOutput) = (input.zeroPoint, output.zeroPoint)
    clamp = ClampS8(bounds: bounds, scale: output.scale, zeroPoint: output.zeroPoint)
  }

  @inline(__always)
  public func callAsFunction(_ x: Int8) -> Int8 {
    clamp.apply(multiplier.apply(Int32(x) &- zeroInput), zeroPoint: zeroOutput)
  }
}
