/// A small seeded generator, the same on every machine.
/// - SeeAlso: Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }

  /// Uniform in `range`, but for a bias below 2⁻³².
  public mutating func int(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int((next() >> 32) % UInt64(range.count))
  }

  /// Codes over the whole int8 range, −128 and 127 far more often than chance.
  public mutating func codes(_ count: Int) -> [Int8] {
    (0..<count).map { _ in
      switch int(in: 0...7) {
      case 0: -128
      case 1: 127
      default: Int8(int(in: -128...127))
      }
    }
  }
}
