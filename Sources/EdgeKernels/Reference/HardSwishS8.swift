import EdgeTensor

/// int8 `output = x · min(max(x + 3, 0), 6) / 6` in real numbers, computed in 16 bits.
///
/// The input gets 7 extra bits. The second factor is brought to a scale on which −3…3 fills int16, so that saturation clamps it.
/// - SeeAlso: TensorFlow Lite's reference `hard_swish.h`.
public struct HardSwishS8: Sendable {
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let outputMultiplier: Int32
  private let outputShift: Int32
  private let relu: (multiplier: Int32, shift: Int32)

  /// - Returns: nil where the reference aborts: an output scale below 1/128 of the input's.
  public init?(input: QuantParams, output: QuantParams) {
    let highResolutionScale = input.scale / 128
    let threeInInt16: Float = 3 / 32768
    guard let outputFactor = QuantizedMultiplier(Double(highResolutionScale / output.scale)), outputFactor.shift <= 0,
      let reluFactor = QuantizedMultiplier(Double(highResolutionScale / threeInInt16))
    else { return nil }
    outputMultiplier = HardSwishS8.narrowed(outputFactor.multiplier)
    outputShift = outputFactor.shift
    relu = (HardSwishS8.narrowed(reluFactor.multiplier), reluFactor.shift)
    (zeroInput, zeroOutput) = (input.zeroPoint, output.zeroPoint)
  }

  public func callAsFunction(_ x: Int8) -> Int8 {
    let value = 128 * (Int32(x) &- zeroInput)  // fits int16
    let preshifted = HardSwishS8.multiply(value, outputMultiplier)
    var gate = value
    // Left shifts are split, so that only the last one saturates beyond what the clamp needs.
    if relu.shift > 0 { gate = HardSwishS8.shiftLeft(gate, relu.shift - 1) }
    gate = HardSwishS8.multiply(gate, relu.multiplier)
    if relu.shift > 0 { gate = HardSwishS8.shiftLeft(gate, 1) }
    if relu.shift < 0 { gate = FixedPoint.roundingShiftRight(gate, -relu.shift) }
    gate = (gate + 1 << 15) >> 1  // Q0.15, in 0…1
    let product = gate * preshifted / 1 << 15  // towards zero
    return ClampS8().apply(FixedPoint.roundingShiftRight(product, -outputShift), zeroPoint: zeroOutput)
  }

  /// A Q31 multiplier in Q15, to nearest, saturating.
  private static func narrowed(_ multiplier: Int32) -> Int32 {
    let half: Int32 = 1 << 15
    return multiplier >= .max - half ? 32767 : (multiplier + half) >> 16
  }

  /// `a · b / 2¹⁵` to nearest, ties up, for int16 values; saturates −2¹⁵ · −2¹⁵.
  private static func multiply(_ a: Int32, _ b: Int32) -> Int32 { min((a * b + 1 << 14) >> 15, 32767) }

  private static func shiftLeft(_ x: Int32, _ exponent: Int32) -> Int32 {
    Int32(Int16(clamping: FixedPoint.saturatingShiftLeft(x, exponent)))
  }
}
