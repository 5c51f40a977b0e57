/// The integer primitives of TensorFlow Lite's reference kernels. Every int8 kernel is defined by them.
///
/// - SeeAlso: Jacob et al., arXiv:1712.05877, §2.2; TensorFlow Lite's 8-bit quantization specification.
public enum FixedPoint {
  /// `a · b / 2³¹` to nearest, ties up (towards +∞): the high half of a doubled product. Saturates −2³¹ · −2³¹.
  @inline(__always)
  public static func doublingHighMultiply(_ a: Int32, _ b: Int32) -> Int32 {
    if a == .min && b == .min { return .max }
    return Int32(truncatingIfNeeded: (Int64(a) &* Int64(b) &+ 1 << 30) >> 31)
  }

  /// `x / 2^exponent` to nearest, ties away from zero.
  /// - Parameter exponent: in `0...31`.
  @inline(__always)
  public static func roundingShiftRight(_ x: Int32, _ exponent: Int32) -> Int32 {
    let mask = Int64(1) << Int64(exponent) - 1
    let remainder = Int64(x) & mask
    let threshold = mask >> 1 + (x < 0 ? 1 : 0)
    return Int32(truncatingIfNeeded: Int64(x) >> Int64(exponent) + (remainder > threshold ? 1 : 0))
  }

  /// To nearest, ties away from zero, as C's `round`.
  @inline(__always)
  public static func round(_ x: Float) -> Float { x.rounded(.toNearestOrAwayFromZero) }

  /// To nearest, ties away from zero, then to int32; out of range saturates and NaN becomes 0 (C leaves both undefined,
  /// and TensorFlow Lite differs between CPUs).
  @inline(__always)
  public static func roundToInt32(_ x: Double) -> Int32 {
    let rounded = x.rounded(.toNearestOrAwayFromZero)
    if rounded >= 2_147_483_647 { return .max }
    if rounded <= -2_147_483_648 { return .min }
    return rounded.isNaN ? 0 : Int32(rounded)
  }

  @inline(__always)
  public static func roundToInt32(_ x: Float) -> Int32 { roundToInt32(Double(x)) }
}

/// A positive factor as the reference kernels store it: `multiplier · 2^(shift − 31)`.
public struct QuantizedMultiplier: Equatable, Sendable {
  /// In `2³⁰..<2³¹`, or 0.
  public let multiplier: Int32
  /// In `−31...30`; positive shifts left.
  public let shift: Int32

  /// - Precondition: `shift` in `−31...30`.
  public init(multiplier: Int32, shift: Int32) {
    self.multiplier = multiplier
    self.shift = shift
  }

  /// Mantissa rounded to nearest, ties away from zero. Factors below 2⁻³² become 0.
  /// - Returns: nil if `factor` is not finite, negative, or at least 2³⁰.
  public init?(_ factor: Double) {
    guard factor.isFinite, factor >= 0, factor < 1_073_741_824 else { return nil }
    guard factor > 0 else {
      self.init(multiplier: 0, shift: 0)
      return
    }
    let (multiplier, shift) = QuantizedMultiplier.split(factor)
    if shift < -31 || shift > 30 {
      guard shift < -31 else { return nil }
      self.init(multiplier: 0, shift: 0)
      return
    }
    self.init(multiplier: multiplier, shift: shift)
  }

  /// A positive finite factor as `multiplier · 2^(shift − 31)`, without limits on the shift.
  static func split(_ factor: Double) -> (multiplier: Int32, shift: Int32) {
    let shift = Int32(factor.exponent) + 1
    let mantissa = Int64((factor.significand / 2 * 2_147_483_648).rounded(.toNearestOrAwayFromZero))
    return mantissa == 1 << 31 ? (1 << 30, shift + 1) : (Int32(mantissa), shift)
  }

  /// `x · multiplier · 2^(shift − 31)`. A left shift wraps in int32; then two roundings, the first with ties up, the second with
  /// ties away from zero.
  @inline(__always)
  public func apply(_ x: Int32) -> Int32 {
    if shift > 0 { return FixedPoint.doublingHighMultiply(x &<< shift, multiplier) }
    return FixedPoint.roundingShiftRight(FixedPoint.doublingHighMultiply(x, multiplier), -shift)
  }
}

/// Bounds of a fused activation, in quantized units.
public struct ClampS8: Equatable, Sendable {
  public let minimum: Int32
  public let maximum: Int32

  public init(minimum: Int32 = -128, maximum: Int32 = 127) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Real bounds, quantized as `zeroPoint + round(bound / scale)`, ties away from zero, and limited to int8; an infinite one
  /// is int8's own.
  public init(bounds: (minimum: Float, maximum: Float), scale: Float, zeroPoint: Int32) {
    func quantized(_ bound: Float, _ otherwise: Int32) -> Int32 {
      guard bound.isFinite else { return otherwise }
      let (sum, overflow) = FixedPoint.roundToInt32(bound / scale).addingReportingOverflow(zeroPoint)
      return overflow ? otherwise : sum
    }
    self.init(
      minimum: min(127, max(-128, quantized(bounds.minimum, -128))),
      maximum: max(-128, min(127, quantized(bounds.maximum, 127))))
  }

  /// `value + zeroPoint`, clamped. The sum is taken in 64 bits: it cannot wrap.
  @inline(__always)
  public func apply(_ value: Int32, zeroPoint: Int32) -> Int8 {
    let sum = Int64(value) + Int64(zeroPoint)
    return Int8(truncatingIfNeeded: min(max(sum, Int64(minimum)), Int64(maximum)))
  }
}

/// The activation that follows an operator and costs only a clamp.
public enum Activation: Sendable, CaseIterable {
  case none, relu, relu6, reluN1To1

  public var name: StaticString {
    switch self {
    case .none: "none"
    case .relu: "relu"
    case .relu6: "relu6"
    case .reluN1To1: "relu_n1_to_1"
    }
  }

  /// Real bounds; infinite where there is none.
  public var bounds: (minimum: Float, maximum: Float) {
    switch self {
    case .none: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .relu6: (0, 6)
    case .reluN1To1: (-1, 1)
    }
  }

  /// Bounds of an integer output that is not quantized, limited to its type.
  public func integerBounds<T: FixedWidthInteger>(_ type: T.Type = T.self) -> (minimum: T, maximum: T) {
    let (minimum, maximum) = bounds
    return (minimum.isFinite ? T(minimum) : .min, maximum.isFinite ? T(maximum) : .max)
  }

  /// The clamp of a float32 output.
  public var clampF32: ClampF32 { ClampF32(minimum: bounds.minimum, maximum: bounds.maximum) }

  /// The clamp of an int8 output.
  public func clampS8(scale: Float, zeroPoint: Int32) -> ClampS8 {
    ClampS8(bounds: bounds, scale: scale, zeroPoint: zeroPoint)
  }
}
