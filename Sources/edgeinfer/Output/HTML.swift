import EdgeTensor

/// What goes into a page.
enum HTML {
  /// Text that is neither markup nor the end of an attribute. Bytes that are not UTF-8 become U+FFFD, control characters `?`.
  static func escaped(_ text: Text) -> Text {
    let entities: [(byte: UInt8, text: StaticString)] = [
      (UInt8(ascii: "&"), "&amp;"), (UInt8(ascii: "<"), "&lt;"), (UInt8(ascii: ">"), "&gt;"),
      (UInt8(ascii: "\""), "&quot;"), (UInt8(ascii: "'"), "&#39;"),
    ]
    var bytes: [UInt8] = []
    for byte in Text(text.printable().string).bytes {
      if let entity = entities.first(where: { $0.byte == byte }) {
        bytes.append(contentsOf: entity.text.bytes)
      } else {
        bytes.append(byte)
      }
    }
    return Text(bytes)
  }

  /// RFC 4648, section 4.
  static func base64(_ bytes: [UInt8]) -> [UInt8] {
    let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let rest = bytes.count - start
      let group =
        Int(bytes[start]) << 16 | (rest > 1 ? Int(bytes[start + 1]) << 8 : 0) | (rest > 2 ? Int(bytes[start + 2]) : 0)
      for place in 0..<4 {
        text.append(place <= rest ? digits.bytes[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return text
  }
}
