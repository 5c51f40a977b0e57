/// Writes JSON (RFC 8259) as UTF-8. Commas come by themselves; that objects and arrays are closed is the caller's business.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  /// The next value follows another one of the same object or array.
  private var needsComma = false

  public init() {}

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  public mutating func key(_ key: StaticString) {
    string(key.description)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Swift strings are valid UTF-8; whoever makes one from foreign bytes has replaced the invalid ones by U+FFFD.
  public mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0..<0x20: bytes += "\\u00".utf8 + [JSONWriter.digit(byte >> 4), JSONWriter.digit(byte & 15)]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  public mutating func integer(_ value: Int) { token("\(value)") }

  /// The shortest digits that give the same float32 back; `null` for infinities and NaN, which JSON does not have.
  public mutating func number(_ value: Float) { token(value.isFinite ? "\(value)" : "null") }

  /// The shortest digits that give the same float64 back; `null` for infinities and NaN.
  public mutating func number(_ value: Double) { token(value.isFinite ? "\(value)" : "null") }

  public mutating func boolean(_ value: Bool) { token(value ? "true" : "false") }
  public mutating func null() { token("null") }

  // Members of an object; nil is null.
  public mutating func string(_ key: StaticString, _ value: String?) {
    self.key(key)
    if let value { string(value) } else { null() }
  }

  public mutating func integer(_ key: StaticString, _ value: Int?) {
    self.key(key)
    if let value { integer(value) } else { null() }
  }

  public mutating func number(_ key: StaticString, _ value: Float) {
    self.key(key)
    number(value)
  }

  public mutating func number(_ key: StaticString, _ value: Double) {
    self.key(key)
    number(value)
  }

  public mutating func boolean(_ key: StaticString, _ value: Bool) {
    self.key(key)
    boolean(value)
  }

  public mutating func object(_ key: StaticString, _ writeMembers: (inout JSONWriter) -> Void) {
    self.key(key)
    beginObject()
    writeMembers(&self)
    endObject()
  }

  public mutating func array<Values: Sequence>(
    _ key: StaticString, _ values: Values, _ write: (inout JSONWriter, Values.Element) -> Void
  ) {
    self.key(key)
    beginArray()
    for value in values { write(&self, value) }
    endArray()
  }

  /// An array of objects.
  public mutating func objects<Values: Sequence>(
    _ key: StaticString, _ values: Values, _ writeMembers: (inout JSONWriter, Values.Element) -> Void
  ) {
    array(key, values) { json, value in
      json.beginObject()
      writeMembers(&json, value)
      json.endObject()
    }
  }

  private mutating func token(_ text: String) {
    separate()
    bytes += text.utf8
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }
}
