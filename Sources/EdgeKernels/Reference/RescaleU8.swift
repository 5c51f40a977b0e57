/// The code table by which TensorFlow Lite's uint8 concatenation brings an input to the output's scale, for re-centred codes (those of
/// uint8 less 128).
///
/// In uint8 codes q: `round(q · c + b) + zeroPoint`, ties away from zero, `c = scale_in · (1 / scale_out)`, `b = −zeroPoint_in · c`;
/// every operation rounds to float32. This is what the x86-64 kernel gives; the aarch64 one fuses `q · c + b`.
/// - SeeAlso: TensorFlow Lite's reference `concatenation.h`, `ConcatenationWithScaling`.
public struct RescaleU8: Sendable {
  /// By the input's code plus 128.
  private let table: [Int8]

  public init(input: (scale: Float, zeroPoint: Int32), output: (scale: Float, zeroPoint: Int32)) {
    let factor = input.scale * (1 / output.scale)
    let bias = -Float(input.zeroPoint + 128) * factor
    table = (0..<256).map { code in
      let product = Float(code) * factor
      let value = Int64(FixedPoint.roundToInt32(FixedPoint.round(product + bias))) + Int64(output.zeroPoint) + 128
      return Int8(truncatingIfNeeded: min(max(value, 0), 255) - 128)
    }
  }

  public func run(_ x: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, count: Int) {
    for i in 0..<count { output[i] = table[Int(x[i]) + 128] }
  }
}
