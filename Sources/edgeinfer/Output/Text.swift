extension String {
  /// Spaces on the right, up to `width` columns; counts bytes, which ASCII's are.
  func padded(to width: Int) -> String {
    var text = self
    for _ in 0..<max(0, width - utf8.count) { text += " " }
    return text
  }

  /// Spaces on the left.
  func paddedLeft(to width: Int) -> String { "".padded(to: max(0, width - utf8.count)) + self }

  /// At most `width` bytes: the end, which tells the nodes of a network apart, behind three dots.
  func shortened(to width: Int) -> String {
    guard utf8.count > width, width > 3 else { return self }
    // Not from inside a character.
    let tail = Array(utf8.suffix(width - 3)).drop { $0 & 0xC0 == 0x80 }
    return "..." + String(decoding: tail, as: UTF8.self)
  }

  /// 16 hexadecimal digits.
  init(hash: UInt64) {
    let digits = String(hash, radix: 16)
    self = "".padded(to: 0)
    for _ in 0..<(16 - digits.utf8.count) { self += "0" }
    self += digits
  }
}

/// Text from files and file names, made harmless for a terminal: control characters become `?`.
func printable(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
  return String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
}
