import EdgeTensor

/// int8 `output = √x` in real numbers, truncated towards zero. Below 0, where the reference gives an error, the root is 0.
/// - SeeAlso: TensorFlow Lite's `elementwise.cc`.
public struct SquareRootS8: Sendable {
  private let input: QuantParams
  private let output: QuantParams

  public init(input: QuantParams, output: QuantParams) {
    (self.input, self.output) = (input, output)
  }

  public func callAsFunction(_ x: Int8) -> Int8 {
    let value = max(Int32(x) &- input.zeroPoint, 0)
    let root = (input.scale * Float(value)).squareRoot() / output.scale
    return ClampS8().apply(root < 65536 ? Int32(root) : 65536, zeroPoint: output.zeroPoint)
  }
}

/// int8 `output = 1 / √x` in real numbers, in integers. At 0 and, where the reference gives an error, below it, the output is 127.
/// - SeeAlso: TensorFlow Lite's `elementwise.cc`.
public struct InverseSquareRootS8: Sendable {
  private static let extraBits: Int32 = 20
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let multiplier: Int32
  private let shift: Int32

  /// - Returns: nil if the scales are so small that the factor reaches 2³⁰.
  public init?(input: QuantParams, output: QuantParams) {
    guard let factor = QuantizedMultiplier(1 / Double(input.scale.squareRoot() * output.scale)) else { return nil }
    multiplier = factor.multiplier
    // Roots are below 2²¹, so a shift by 31 leaves what a longer one would.
    shift = max(factor.shift - InverseSquareRootS8.extraBits, -31)
    (zeroInput, zeroOutput) = (input.zeroPoint, output.zeroPoint)
  }

  public func callAsFunction(_ x: Int8) -> Int8 {
    let value = Int32(x) &- zeroInput
    guard value > 0 else { return 127 }
    let root = FixedPoint.inverseSquareRoot(value)
    let scaled = QuantizedMultiplier(multiplier: root.multiplier, shift: root.shift + InverseSquareRootS8.extraBits)
      .apply(1)
    return ClampS8().apply(
      QuantizedMultiplier(multiplier: multiplier, shift: shift).apply(scaled), zeroPoint: zeroOutput)
  }
}
