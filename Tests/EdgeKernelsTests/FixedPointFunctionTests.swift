import EdgeKernels
import Foundation
import Testing
import _EdgeTestSupport

/// Values that the reference gives, and closeness to the functions in float64.
@Suite struct FixedPointFunctionTests {
  @Test func `exponentials equal the reference's`() {
    let expected: [(Int32, Int32)] = [
      (0, .max), (-1, 2_147_483_124), (-(1 << 24), 1_672_462_419), (-(1 << 26), 790_015_308),
      (-201_338_937, 106_897_225), (-(1 << 30), 242),
    ]
    for (a, value) in expected { #expect(FixedPoint.exponential(a) == value, "of \(a)") }
  }

  @Test func `exponentials are close to the true ones`() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<50_000 {
      let a = -Int32(random.int(in: 0...Int(Int32.max)) >> random.int(in: 0...30))
      let got = Double(FixedPoint.exponential(a)) / 0x1p31
      #expect(abs(got - exp(Double(a) / 0x1p26)) < 3e-7, "of \(a), seed 1")
    }
    #expect(FixedPoint.exponential(.min) >= 0)
  }

  @Test func `reciprocals equal the reference's`() {
    let expected: [(Int32, Int32)] = [
      (0, 2_147_483_647), (123_456_789, 2_030_738_432), (1 << 30, 1_431_655_762), (.max, 1_073_741_820),
    ]
    for (x, value) in expected { #expect(FixedPoint.reciprocalOfOnePlus(x) == value, "of \(x)") }
  }

  @Test func `reciprocals of integers are close to the true ones`() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<50_000 {
      let x = Int32(random.int(in: 1...Int(Int32.max)) >> random.int(in: 0...30)) | 1
      let (mantissa, exponent) = FixedPoint.reciprocal(x)
      let got = scalbn(Double(mantissa), Int(-exponent) - 31)
      #expect(abs(got * Double(x) - 1) < 1e-8, "of \(x), seed 2")
    }
  }

  @Test func `inverse square roots equal the reference's`() {
    let expected: [(Int32, Int32, Int32)] = [
      (0, .max, 0), (1, .max, 0), (2, 1_518_498_372, 0), (100, 214_748_363, 0), (65025, 269_488_147, -5),
      (1_000_000, 274_877_901, -7), (1 << 30, 268_435_457, -12),
    ]
    for (n, multiplier, shift) in expected {
      #expect(
        FixedPoint.inverseSquareRoot(n) == QuantizedMultiplier(multiplier: multiplier, shift: shift), "of \(n)")
    }
  }

  @Test func `inverse square roots are close to the true ones`() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<50_000 {
      let n = Int32(max(1, random.int(in: 1...Int(Int32.max)) >> random.int(in: 0...30)))
      let root = FixedPoint.inverseSquareRoot(n)
      let got = scalbn(Double(root.multiplier), Int(root.shift) - 31)
      #expect(abs(got * Double(n).squareRoot() - 1) < 2e-6, "of \(n), seed 3")
      #expect((-13...0).contains(root.shift))
    }
  }

  @Test func `logarithms equal the reference's`() {
    let expected: [(Double, Int32)] = [
      (1, 0), (1.5, 27_210_304), (2, 46_516_320), (10, 154_523_870), (1000, 463_571_608),
    ]
    for (s, value) in expected { #expect(FixedPoint.logarithm(Int32(s * 0x1p19)) == value, "of \(s)") }
  }

  @Test func `logarithms are close to the true ones`() {
    var random = SplitMix64(seed: 4)
    for _ in 0..<50_000 {
      let s = Int32(max(1 << 19, random.int(in: 1 << 19...Int(Int32.max)) >> random.int(in: 0...12)))
      let got = Double(FixedPoint.logarithm(s)) / 0x1p26
      #expect(abs(got - log(Double(s) / 0x1p19)) < 2e-5, "of \(s), seed 4")
    }
  }
}
