import EdgeTensor

/// Numbers on a page: with the minus sign, few digits, and spaces that do not break.
extension Figures {
  /// `−1.25`.
  static func typeset(_ value: Double, _ places: Int) -> String { withMinus(decimal(value, places)) }

  /// `+1.25`, `−1.25`.
  static func signed(_ value: Double, _ places: Int) -> String {
    let text = typeset(value, places)
    return value > 0 && text.contains { ("1"..."9").contains($0) } ? "+" + text : text
  }

  /// Three digits: `0.00123`, `12.3`, `1230`.
  static func rounded(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return typeset(value, 0) }
    // Float32's 0.01 is a little less than that.
    let size = abs(value) * 1.000_001
    guard size >= 1e-4, size < 1e6 else { return scientific(value) }
    var (places, limit) = (2, 10.0)
    while size >= limit, places > 0 { (places, limit) = (places - 1, limit * 10) }
    limit = 1
    while size < limit { (places, limit) = (places + 1, limit / 10) }
    return typeset(value, places)
  }

  /// `1.23e−7`.
  private static func scientific(_ value: Double) -> String {
    var (mantissa, exponent) = (value, 0)
    while abs(mantissa) >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while abs(mantissa) < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    return typeset(mantissa, 2) + withMinus("e\(exponent)")
  }

  /// `−0.500 to 6.00`.
  static func range(_ range: ValueRange) -> String {
    "\(rounded(Double(range.minimum)))\u{A0}to\u{A0}\(rounded(Double(range.maximum)))"
  }

  /// Of a share in 0...1: `12.3 %`; what is not 0 does not look like it.
  static func share(_ share: Double) -> String {
    switch share {
    case 0: "0\u{A0}%"
    case ..<0.0001: "<\u{A0}0.01\u{A0}%"
    case ..<0.01: "\(decimal(100 * share, 2))\u{A0}%"
    default: "\(decimal(100 * share, 1))\u{A0}%"
    }
  }

  static func decibels(_ value: Double?) -> String { value.map { "\(typeset($0, 1))\u{A0}dB" } ?? "∞" }

  /// `1.21 MB`, of 1,000,000 bytes.
  static func bytes(_ count: Int) -> String { prefixed(count, "B", "byte") }

  /// `12.5 M`.
  static func macs(_ count: Int) -> String { prefixed(count, "", "") }

  /// Three digits and the prefix of a thousand, a million and so on.
  private static func prefixed(_ count: Int, _ unit: String, _ singular: String) -> String {
    guard count >= 1000 else {
      return singular.isEmpty
        ? Figures.count(count) : "\(Figures.count(count))\u{A0}\(singular)\(count == 1 ? "" : "s")"
    }
    var (value, prefixes) = (Double(count) / 1000, Substring("kMGTPE"))
    while value >= 999.5, prefixes.count > 1 { (value, prefixes) = (value / 1000, prefixes.dropFirst()) }
    return "\(rounded(value))\u{A0}\(prefixes.prefix(1))\(unit)"
  }

  /// `35.2 µs`, of milliseconds.
  static func time(_ milliseconds: Double) -> String {
    let (factor, unit): (Double, String) =
      switch milliseconds {
      case 0: (1, "ms")
      case ..<0.000_999_5: (1e6, "ns")
      case ..<0.9995: (1e3, "µs")
      case ..<999.5: (1, "ms")
      default: (1e-3, "s")
      }
    return "\(rounded(milliseconds * factor))\u{A0}\(unit)"
  }

  /// `32 × 32 × 3`.
  static func shape(_ shape: [Int]) -> String { shape.map { "\($0)" }.joined(separator: "\u{A0}×\u{A0}") }

  private static func withMinus(_ text: String) -> String { text.replacing("-", with: "−") }
}
