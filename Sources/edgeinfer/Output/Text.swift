import EdgeTensor

extension Text.Interpolation {
  mutating func appendInterpolation(_ path: Path) { appendInterpolation(Text(path.bytes)) }
}

extension Text {
  var isEmpty: Bool { bytes.isEmpty }
  /// Bytes, which for ASCII are columns.
  var count: Int { bytes.count }

  @inline(never)
  static func += (a: inout Text, b: Text) { a.bytes.append(contentsOf: b.bytes) }

  /// Spaces on the right, up to `width` columns.
  @inline(never)
  func padded(to width: Int) -> Text {
    Text(bytes + [UInt8](repeating: UInt8(ascii: " "), count: max(0, width - count)))
  }

  /// Spaces on the left.
  @inline(never)
  func paddedLeft(to width: Int) -> Text {
    Text([UInt8](repeating: UInt8(ascii: " "), count: max(0, width - count)) + bytes)
  }

  /// At most `width` bytes: the end, which tells the nodes of a network apart, behind three dots.
  @inline(never)
  func shortened(to width: Int) -> Text {
    guard count > width, width > 3 else { return self }
    // Not from inside a character.
    return "...\(utf8: Array(bytes.suffix(width - 3).drop { $0 & 0xC0 == 0x80 }))"
  }

  /// At most `width` bytes from the start.
  func cut(to width: Int) -> Text { Text(Array(bytes.prefix(width))) }

  /// Text from files and file names, made harmless for a terminal: control characters become `?`.
  @inline(never)
  func printable() -> Text {
    Text(bytes.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 })
  }
}

/// `number / 10^places` with that many places.
func decimals(_ number: Int, _ places: Int) -> Text {
  var unit = 1
  for _ in 0..<places { unit *= 10 }
  // The leading 1 keeps the zeros behind it.
  let fraction: Text = "\(unit + number % unit)"
  return "\(number / unit).\(utf8: Array(fraction.bytes.dropFirst()))"
}
