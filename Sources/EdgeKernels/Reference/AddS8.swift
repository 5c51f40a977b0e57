import EdgeTensor

/// int8 addition or subtraction: `output = a ± b` in real numbers, then a clamp.
///
/// Both inputs are brought to a common scale, twice the larger of theirs, with 20 extra bits; the sum is then brought to the output's.
/// - SeeAlso: TensorFlow Lite's reference `add.h`.
public struct AddS8: Sendable {
  private static let leftShift: Int32 = 20
  let zeroA: Int32
  let zeroB: Int32
  let zeroOutput: Int32
  let multiplierA: QuantizedMultiplier
  let multiplierB: QuantizedMultiplier
  let multiplierOutput: QuantizedMultiplier
  let clamp: ClampS8
  let sign: Int32

  /// - Returns: nil where the reference aborts: an output scale so small that the sum's multiplier reaches 1.
  public init?(
    a: QuantParams, b: QuantParams, output: QuantParams,
    activation: Activation, subtracts: Bool
  ) {
    let common = 2 * Double(max(a.scale, b.scale))
    guard let multiplierA = QuantizedMultiplier(Double(a.scale) / common),
      let multiplierB = QuantizedMultiplier(Double(b.scale) / common),
      let multiplierOutput = QuantizedMultiplier(common / (Double(1 << AddS8.leftShift) * Double(output.scale))),
      multiplierOutput.shift <= 0
    else { return nil }
    (self.multiplierA, self.multiplierB, self.multiplierOutput) = (multiplierA, multiplierB, multiplierOutput)
    (zeroA, zeroB, zeroOutput) = (a.zeroPoint, b.zeroPoint, output.zeroPoint)
    clamp = activation.clampS8(scale: output.scale, zeroPoint: output.zeroPoint)
    sign = subtracts ? -1 : 1
  }

  @inline(__always)
  public func callAsFunction(_ a: Int8, _ b: Int8) -> Int8 {
    let x = multiplierA.apply((Int32(a) &- zeroA) << AddS8.leftShift)
    let y = multiplierB.apply((Int32(b) &- zeroB) << AddS8.leftShift)
    return clamp.apply(multiplierOutput.apply(x &+ sign &* y), zeroPoint: zeroOutput)
  }
}
