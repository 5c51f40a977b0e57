import EdgeTensor

/// Numbers with units.
enum Units {
  /// `0.75`, `12`: at most 9 digits. Embedded Swift has no parser of floating-point numbers.
  /// - Returns: nil if it is none of these.
  static func decimal(_ text: [UInt8]) -> Float? {
    var (digits, divisor, count) = (0, 1, 0)
    var isFraction = false
    for byte in text {
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        guard (0x30...0x39).contains(byte), count < 9 else { return nil }
        digits = 10 * digits + Int(byte - 0x30)
        if isFraction { divisor *= 10 }
        count += 1
      }
    }
    // Both are exact, and the quotient is rounded once more: to the nearest float32 but for rare ties.
    return count > 0 ? Float(Double(digits) / Double(divisor)) : nil
  }

  /// `1500ms`, `30s`, `10m`, `2h`; without a unit seconds.
  /// - Returns: nanoseconds; nil if it is none of these, 0, or more than a year.
  static func duration(_ text: [UInt8]) -> Int64? {
    product(
      text, atMost: 31_536_000_000_000_000,
      [("", 1_000_000_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)]
    ).map { Int64($0) }
  }

  /// `40000000`, `500K`, `40M`, `1G`: here K, M and G are powers of 1000.
  /// - Returns: nil if it is none of these, 0, or beyond `Int`.
  static func count(_ text: [UInt8]) -> Int? {
    // ASCII letters in lower case; digits stay.
    product(text.map { $0 | 0x20 }, atMost: .max, [("", 1), ("k", 1000), ("m", 1_000_000), ("g", 1_000_000_000)])
  }

  /// A whole number and a unit.
  /// - Returns: their product; nil if it is 0 or more than `limit`, or the unit none of these.
  private static func product(
    _ text: [UInt8], atMost limit: Int, _ units: [(name: StaticString, factor: Int)]
  ) -> Int? {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, let number = Int(ascii: digits), number > 0 else { return nil }
    let unit = text[digits.endIndex...]
    guard let factor = units.first(where: { $0.name.bytes.elementsEqual(unit) })?.factor, number <= limit / factor
    else { return nil }
    return number * factor
  }

  /// `300000`, `512K`, `8M`, `8MB`, `8MiB`, `1G`: K, M and G are powers of 1024, whatever follows them.
  /// - Returns: nil if it is none of these, 0, or beyond `Int`.
  static func byteCount(_ text: [UInt8]) -> Int? {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, let number = Int(ascii: digits), number > 0 else { return nil }
    // ASCII letters in lower case.
    let unit = text[digits.endIndex...].map { $0 | 0x20 }
    let (prefix, rest) = (unit.first, unit.dropFirst())
    let shift: Int
    switch prefix {
    case nil: return number
    case UInt8(ascii: "b"): return rest.isEmpty ? number : nil
    case UInt8(ascii: "k"): shift = 10
    case UInt8(ascii: "m"): shift = 20
    case UInt8(ascii: "g"): shift = 30
    default: return nil
    }
    guard rest.isEmpty || rest.elementsEqual("b".utf8) || rest.elementsEqual("ib".utf8), number <= Int.max >> shift
    else {
      return nil
    }
    return number << shift
  }
}
