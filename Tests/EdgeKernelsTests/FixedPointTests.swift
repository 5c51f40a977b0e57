import EdgeKernels
import Testing
import _EdgeTestSupport

@Suite struct FixedPointTests {
  @Test(
    arguments: [
      (1.0, 1_073_741_824, 1), (0.5, 1_073_741_824, 0), (0.3, 1_288_490_189, -1), (0x1p-32, 1_073_741_824, -31),
      (0x1p-33, 0, 0), (0x1.ffffffffp-1, 1_073_741_824, 1), (255.0, 2_139_095_040, 8),
    ] as [(Double, Int32, Int32)])
  func `factors split into mantissa and shift as the reference does`(factor: Double, multiplier: Int32, shift: Int32) {
    let quantized = QuantizedMultiplier(factor)
    #expect(quantized?.multiplier == multiplier)
    #expect(quantized?.shift == shift)
  }

  @Test(
    arguments: [
      (0.5, [-2, -1, 0, 1, 2, 3]), (0.25, [-1, -1, 0, 1, 1, 2]), (0.125, [-1, 0, 0, 0, 1, 1]),
      (0.375, [-2, -1, -1, 1, 1, 2]),
    ] as [(Double, [Int32])])
  func `ties go the way the reference sends them`(factor: Double, expected: [Int32]) throws {
    let quantized = try #require(QuantizedMultiplier(factor))
    #expect([-5, -3, -1, 1, 3, 5].map { quantized.apply($0) } == expected)
  }

  @Test func `factors that no multiplier can hold are refused`() {
    for factor in [-1.0, .nan, .infinity, 1_073_741_824] { #expect(QuantizedMultiplier(factor) == nil) }
  }

  /// Both roundings restated: floor(x·m / 2^31 + 1/2), then to nearest with ties away from zero, in exact wide integers.
  @Test func `applying a multiplier equals the two roundings in wide integers`() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<200_000 {
      let multiplier = Int32(random.int(in: (1 << 30)...(1 << 31 - 1)))
      let exponent = random.int(in: 0...31)
      let x = Int32(truncatingIfNeeded: random.next() >> UInt64(random.int(in: 0...40)))
      let product = Int128(x) * Int128(multiplier)
      let first = floorDivide(2 * product + (1 << 31), 1 << 32)
      let magnitude = (2 * abs(first) + (Int128(1) << Int128(exponent))) / (Int128(2) << Int128(exponent))
      let expected = first < 0 ? -magnitude : magnitude
      let got = QuantizedMultiplier(multiplier: multiplier, shift: Int32(-exponent)).apply(x)
      #expect(Int128(got) == expected, "x \(x), multiplier \(multiplier), exponent \(exponent), seed 3")
    }
  }

  @Test func `conversion to int32 saturates`() {
    #expect(FixedPoint.roundToInt32(Float.infinity) == .max)
    #expect(FixedPoint.roundToInt32(-Float.infinity) == .min)
    #expect(FixedPoint.roundToInt32(Float.nan) == 0)
    #expect(FixedPoint.roundToInt32(Float(-2.5)) == -3)
    #expect(FixedPoint.roundToInt32(Float(2.5)) == 3)
  }

  private func floorDivide(_ a: Int128, _ b: Int128) -> Int128 {
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
