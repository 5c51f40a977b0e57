/// Bytes of a file, read at checked positions.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer

  var count: Int { bytes.count }

  /// - Returns: nil behind the end.
  func byte(_ position: Int) -> UInt8? {
    position >= 0 && position < bytes.count ? bytes[position] : nil
  }

  func uint16(_ position: Int, littleEndian: Bool = false) -> Int? {
    guard let first = byte(position), let second = byte(position + 1) else { return nil }
    return littleEndian ? Int(second) << 8 | Int(first) : Int(first) << 8 | Int(second)
  }

  func uint32(_ position: Int, littleEndian: Bool = false) -> Int? {
    guard let first = uint16(position, littleEndian: littleEndian),
      let second = uint16(position + 2, littleEndian: littleEndian)
    else { return nil }
    return littleEndian ? second << 16 | first : first << 16 | second
  }

  /// Whether the ASCII text stands at `position`.
  func has(_ text: StaticString, at position: Int) -> Bool {
    guard position >= 0, position <= count - text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where bytes[position + index] != text.utf8Start[index] { return false }
    return true
  }

  /// A part of these bytes; what lies outside is left out.
  func slice(_ range: Range<Int>) -> ByteReader {
    ByteReader(bytes: UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<count)]))
  }
}
