import EdgeTensor

/// Text put together from pieces, as bytes: UTF-8, but for the names of files, which stay as they are.
///
/// `String` copies the code of its interpolation to every place that uses it, about 300 bytes a piece. Here a piece is a call.
struct Text: ExpressibleByStringInterpolation, Sendable {
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  @inline(never)
  init(_ text: String) { bytes = Array(text.utf8) }

  @inline(never)
  init(stringLiteral literal: StaticString) { bytes = Array(literal.bytes) }

  @inline(never)
  init(stringInterpolation interpolation: Interpolation) { bytes = interpolation.bytes }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var bytes: [UInt8] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    @inline(never)
    mutating func appendLiteral(_ literal: StaticString) { bytes.append(contentsOf: literal.bytes) }

    @inline(never)
    mutating func appendInterpolation(_ text: Text) { bytes.append(contentsOf: text.bytes) }

    @inline(never)
    mutating func appendInterpolation(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func appendInterpolation(_ text: StaticString) { appendLiteral(text) }
    mutating func appendInterpolation(_ path: Path) { appendInterpolation(Text(path.bytes)) }
    mutating func appendInterpolation(utf8 bytes: [UInt8]) { appendInterpolation(Text(bytes)) }

    @inline(never)
    mutating func appendInterpolation(_ number: Int) { appendInterpolation(number.description) }

    @inline(never)
    mutating func appendInterpolation(_ number: Float) { appendInterpolation(number.description) }

    @inline(never)
    mutating func appendInterpolation(_ number: Double) { appendInterpolation(number.description) }

    @inline(never)
    mutating func appendInterpolation(_ type: TensorType) { appendInterpolation(type.description) }

    /// 16 hexadecimal digits.
    @inline(never)
    mutating func appendInterpolation(hash: UInt64) {
      for shift in stride(from: 60, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: hash >> UInt64(shift)) & 15
        bytes.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
      }
    }
  }
}

extension Text {
  var isEmpty: Bool { bytes.isEmpty }
  /// Bytes, which for ASCII are columns.
  var count: Int { bytes.count }

  /// Bytes that are not UTF-8 become U+FFFD.
  var string: String { String(decoding: bytes, as: UTF8.self) }

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
