import CEdgeKernels
import EdgeTensor

/// What the int8 softmax and its logarithm share: differences of codes from the row's largest as exponents in Q5.26.
struct SoftmaxScale: Sendable {
  let multiplier: Int32
  /// In `1...31`.
  let shift: Int32
  /// Codes further than this below the largest have an exponential of 0.
  let radius: Int32
  /// The exponential of each difference 0, −1 … −255 in Q0.31.
  let exponentials: [Int32]

  /// - Returns: nil where the reference aborts: `beta · scale` is not above 2⁻²⁶.
  init?(scale: Float, beta: Float) {
    let factor = min(Double(beta) * Double(scale) * 67_108_864, 2_147_483_647)
    guard factor > 1 else { return nil }
    let (multiplier, shift) = QuantizedMultiplier.split(factor)
    let radius = Int32((31 * 67_108_864 / Double(sign: .plus, exponent: Int(shift), significand: 1)).rounded(.down))
    (self.multiplier, self.shift, self.radius) = (multiplier, shift, radius)
    exponentials = (0..<256 as Range<Int32>).map { below in
      guard below <= radius else { return 0 }
      return FixedPoint.exponential(SoftmaxScale.exponent(-below, multiplier, shift))
    }
  }

  @inline(__always)
  private static func exponent(_ difference: Int32, _ multiplier: Int32, _ shift: Int32) -> Int32 {
    FixedPoint.doublingHighMultiply(difference &<< shift, multiplier)
  }

  /// The exponent of a difference in `-radius...0`. The left shift stays within −31 · 2²⁶.
  @inline(__always)
  func exponent(_ difference: Int32) -> Int32 { SoftmaxScale.exponent(difference, multiplier, shift) }

  /// Sum of the exponentials of a row in Q12.19; at least 1 unless the row is empty.
  func sum(_ input: UnsafePointer<Int8>, _ count: Int, largest: Int8) -> Int64 {
    guard count > 256 else {
      // A loop: `reduce` allocates in builds without optimization.
      var sum: Int64 = 0
      for i in 0..<count { sum += Int64(SoftmaxScale.addend(exponentials[SoftmaxScale.below(largest, input[i])])) }
      return sum
    }
    // There are more elements than codes.
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { addends in
      for below in 0..<256 { addends[below] = SoftmaxScale.addend(exponentials[below]) }
      return edge_sum_below_s8(addends.baseAddress, largest, input, count)
    }
  }

  @inline(__always)
  private static func addend(_ exponential: Int32) -> Int32 { FixedPoint.roundingShiftRight(exponential, 12) }

  /// How far a code lies below the largest of its row.
  @inline(__always)
  static func below(_ largest: Int8, _ code: Int8) -> Int { Int(largest) &- Int(code) }
}

/// int8 softmax of one row: `output = e^(beta · x) / Σ e^(beta · x)`, with output scale 1/256 and zero point −128.
///
/// Where the exponentials add up to 512 or more, which makes the reference abort, every quotient is at most 1/512 and becomes 0.
/// - SeeAlso: TensorFlow Lite's reference `softmax.h`.
public struct SoftmaxS8: Sendable {
  private let scale: SoftmaxScale

  /// - Returns: nil where the reference aborts: `beta · scale` is not above 2⁻²⁶.
  public init?(scale: Float, beta: Float) {
    guard let scale = SoftmaxScale(scale: scale, beta: beta) else { return nil }
    self.scale = scale
  }

  public func callAsFunction(_ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, _ count: Int) {
    let largest = edge_largest_s8(input, count)
    let sum = scale.sum(input, count, largest: largest)
    guard sum < 1 << 28 else {
      output.update(repeating: -128, count: count)
      return
    }
    let quotients = Quotients(sum: Int32(sum))
    scale.exponentials.withUnsafeBufferPointer { exponentials in
      guard count > 256 else {
        for i in 0..<count { output[i] = quotients[exponentials[SoftmaxScale.below(largest, input[i])]] }
        return
      }
      // There are more elements than codes.
      withUnsafeTemporaryAllocation(of: Int8.self, capacity: 256) { table in
        for code in 0...(Int(largest) + 128) { table[code] = quotients[exponentials[Int(largest) + 128 - code]] }
        edge_look_up_s8(table.baseAddress, input, output, count)
      }
    }
  }

  /// Shares of a row's sum of exponentials.
  private struct Quotients {
    let mantissa: Int32
    let exponent: Int32

    /// - Parameter sum: in Q12.19, at least 1.
    init(sum: Int32) {
      let reciprocal = FixedPoint.reciprocal(sum)
      // The sum is in Q12.19, the product in Q0.31, a step of the output 1/256.
      (mantissa, exponent) = (reciprocal.mantissa, reciprocal.exponent - 19 + 23)
    }

    @inline(__always)
    subscript(exponential: Int32) -> Int8 {
      let quotient = FixedPoint.doublingHighMultiply(mantissa, exponential)
      return ClampS8().apply(FixedPoint.roundingShiftRight(quotient, exponent), zeroPoint: -128)
    }
  }
}

/// int8 logarithm of the softmax of one row: `output = x − ln Σ eˣ`, with output scale 1/16 and zero point 127.
///
/// The sum of exponentials saturates at 4096.
/// - SeeAlso: TensorFlow Lite's reference `log_softmax.h`.
public struct LogSoftmaxS8: Sendable {
  private let scale: SoftmaxScale
  /// From Q5.26 back to differences of codes.
  private let inverse: QuantizedMultiplier

  /// - Returns: nil where the reference aborts: `scale` is not above 2⁻²⁶.
  public init?(scale: Float) {
    guard let scale = SoftmaxScale(scale: scale, beta: 1),
      let inverse = QuantizedMultiplier(
        Double(sign: .plus, exponent: Int(31 - scale.shift), significand: 1) / Double(scale.multiplier))
    else { return nil }
    (self.scale, self.inverse) = (scale, inverse)
  }

  public func callAsFunction(_ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, _ count: Int) {
    let largest = edge_largest_s8(input, count)
    let logarithm = FixedPoint.logarithm(Int32(clamping: scale.sum(input, count, largest: largest)))
    let limit = max(-scale.radius - 1, inverse.apply(.min + logarithm))
    for i in 0..<count {
      let difference = Int32(input[i]) - Int32(largest)
      guard difference > limit else {
        output[i] = -128
        continue
      }
      let value = scale.exponent(difference) &- logarithm
      output[i] = ClampS8().apply(FixedPoint.roundingShiftRight(value, 22), zeroPoint: 127)
    }
  }
}
