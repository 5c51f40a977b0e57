/// The fixed-point functions of the int8 softmax family and of normalizations. Qm.n means n fractional bits in an int32.
///
/// Every constant and every rounding is that of the library which TensorFlow Lite's reference kernels use, so results are equal to the
/// bit, not merely close.
/// - SeeAlso: gemmlowp's `fixedpoint.h`.
extension FixedPoint {
  /// `(a + b) / 2` to nearest, ties away from zero.
  @inline(__always)
  static func roundingHalfSum(_ a: Int32, _ b: Int32) -> Int32 {
    let sum = Int64(a) + Int64(b)
    return Int32(truncatingIfNeeded: (sum + (sum >= 0 ? 1 : -1)) / 2)
  }

  /// `x · 2^exponent`, saturating.
  @inline(__always)
  static func saturatingShiftLeft(_ x: Int32, _ exponent: Int32) -> Int32 {
    Int32(clamping: Int64(x) << Int64(exponent))
  }

  /// eᵃ.
  /// - Parameter a: at most 0, in Q5.26.
  /// - Returns: Q0.31.
  public static func exponential(_ a: Int32) -> Int32 {
    guard a < 0 else { return .max }
    // a = c − w, with c in [−¼, 0) and w a multiple of ¼. A polynomial gives e^c around −⅛, whose exponential is the first factor.
    let quarter: Int32 = 1 << 24
    let c = (a & (quarter - 1)) - quarter
    let u = 32 * c + 1 << 28
    let u2 = doublingHighMultiply(u, u)
    let u3 = doublingHighMultiply(u2, u)
    let u4 = doublingHighMultiply(u2, u2)
    let third: Int32 = 715_827_883
    let p = roundingShiftRight(doublingHighMultiply(roundingShiftRight(u4, 2) + u3, third) + u2, 1)
    let exponentialOfEighth: Int32 = 1_895_147_668
    var y = exponentialOfEighth + doublingHighMultiply(exponentialOfEighth, u + p)
    let w = c &- a
    func multiply(_ y: inout Int32, _ bit: Int32, _ factor: Int32) {
      if w >> bit & 1 != 0 { y = doublingHighMultiply(y, factor) }
    }
    multiply(&y, 24, 1_672_461_947)  // e^(−¼)
    multiply(&y, 25, 1_302_514_674)
    multiply(&y, 26, 790_015_084)
    multiply(&y, 27, 290_630_308)
    multiply(&y, 28, 39_332_535)
    multiply(&y, 29, 720_401)
    multiply(&y, 30, 242)  // e^(−16)
    return y
  }

  /// 1 / (1 + x) by three steps of Newton and Raphson.
  /// - Parameter x: in [0, 1), Q0.31.
  /// - Returns: Q0.31.
  public static func reciprocalOfOnePlus(_ x: Int32) -> Int32 {
    let halfDenominator = roundingHalfSum(x, .max)
    let one: Int32 = 1 << 29  // Q2.29
    var w = 1_515_870_810 + doublingHighMultiply(halfDenominator, -1_010_580_540)
    for _ in 0..<3 {
      let remainder = one &- doublingHighMultiply(halfDenominator, w)
      w = w &+ saturatingShiftLeft(doublingHighMultiply(w, remainder), 2)
    }
    return saturatingShiftLeft(w, 1)
  }

  /// 1 / x for a positive integer.
  /// - Returns: the mantissa m in Q0.31 and k, `0...31`, with `1 / x ≈ m · 2^(−k − 31)`.
  public static func reciprocal(_ x: Int32) -> (mantissa: Int32, exponent: Int32) {
    let headroom = Int32(x.leadingZeroBitCount)
    return (reciprocalOfOnePlus((x &<< headroom) &- .min), 31 - headroom)
  }

  /// 1 / √n.
  /// - Returns: y and j with `1 / √n ≈ y · 2^(j − 31)`, j in `−12...0`; for n below 2 as for 1.
  public static func inverseSquareRoot(_ n: Int32) -> QuantizedMultiplier {
    guard n > 1 else { return QuantizedMultiplier(multiplier: .max, shift: 0) }
    var n = n
    var rightShift: Int32 = 11
    while n >= 1 << 29 {
      n /= 4
      rightShift += 1
    }
    let pairs = (Int32(n.leadingZeroBitCount) - 1) / 2 - 1
    rightShift -= pairs
    n <<= 2 * pairs
    let half = roundingShiftRight(n / 2, 1)  // Q3.28, as x
    var x: Int32 = 1 << 28
    for _ in 0..<5 {
      let cube = saturatingShiftLeft(doublingHighMultiply(doublingHighMultiply(x, x), x), 6)
      x = saturatingShiftLeft(doublingHighMultiply(3 << 27, x) &- doublingHighMultiply(half, cube), 3)
    }
    let squareRootOfHalf: Int32 = 1_518_500_250
    var y = doublingHighMultiply(x, squareRootOfHalf)
    if rightShift < 0 {
      y <<= -rightShift
      rightShift = 0
    }
    return QuantizedMultiplier(multiplier: y, shift: -rightShift)
  }

  /// Natural logarithm.
  /// - Parameter s: at least 1, in Q12.19.
  /// - Returns: Q5.26.
  public static func logarithm(_ s: Int32) -> Int32 {
    let squareRootOfHalf: Int32 = 1_518_500_250
    let fourthRootOfHalf: Int32 = 1_805_811_301
    // Two ways to write s = mantissa · 2^power, with the mantissa near 1 and near √½; the smaller mantissa is used.
    let headroom = Int32(s.leadingZeroBitCount)
    let one: Int32 = 1 << 25  // Q6.25, as powers
    let scaled = doublingHighMultiply(s &<< (headroom - 1), squareRootOfHalf)
    let a = saturatingShiftLeft(scaled, 1)
    let powerA = (12 - headroom) * one + 1 << 23
    let headroomB = Int32(doublingHighMultiply(s, squareRootOfHalf).leadingZeroBitCount) - 1
    let b = saturatingShiftLeft(s, headroomB)
    let powerB = (12 - headroomB) * one - 1 << 23
    let r = min(a, b)
    let power = max(powerA, powerB)

    let p = roundingHalfSum(r, fourthRootOfHalf)
    let q = 2 &* (r &- fourthRootOfHalf)
    let q2 = doublingHighMultiply(q, q)
    let numerator =
      doublingHighMultiply(q, r)
      &+ doublingHighMultiply(doublingHighMultiply(q, q2), 117_049_297)
    let denominator =
      doublingHighMultiply(p, 1_057_819_769 &+ q &+ doublingHighMultiply(127_690_142, q2))
      &+ doublingHighMultiply(638_450_708, q)
    let logarithmOfTwo: Int32 = 1_488_522_236
    let sum =
      doublingHighMultiply(power, logarithmOfTwo)
      &+ doublingHighMultiply(roundingShiftRight(numerator, 6), reciprocalOfOnePlus(denominator))
    return saturatingShiftLeft(sum, 1)
  }
}
