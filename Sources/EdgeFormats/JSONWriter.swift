import EdgeTensor

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

  @inline(never)
  public mutating func key(_ key: StaticString) {
    string(key.description)
    put(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Swift strings are valid UTF-8; whoever makes one from foreign bytes has replaced the invalid ones by U+FFFD.
  @inline(never)
  public mutating func string(_ text: String) {
    separate()
    put(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte)
      case 0x0A: escape(UInt8(ascii: "n"))
      case 0x0D: escape(UInt8(ascii: "r"))
      case 0x09: escape(UInt8(ascii: "t"))
      case 0..<0x20:
        escape(UInt8(ascii: "u"))
        for digit in [0, 0, byte >> 4, byte & 15] { put(JSONWriter.digit(digit)) }
      default: put(byte)
      }
    }
    put(UInt8(ascii: "\""))
  }

  @inline(never)
  public mutating func integer(_ value: Int) { token(value.description) }

  /// The shortest digits that give the same float32 back; `null` for infinities and NaN, which JSON does not have.
  @inline(never)
  public mutating func number(_ value: Float) { token(value.isFinite ? value.description : "null") }

  /// The shortest digits that give the same float64 back; `null` for infinities and NaN.
  @inline(never)
  public mutating func number(_ value: Double) { token(value.isFinite ? value.description : "null") }

  public mutating func boolean(_ value: Bool) { token(value ? "true" : "false") }
  public mutating func null() { token("null") }

  // Members of an object; nil is null.
  @inline(never)
  public mutating func string(_ key: StaticString, _ value: String?) {
    self.key(key)
    if let value { string(value) } else { null() }
  }

  @inline(never)
  public mutating func string(_ key: StaticString, _ value: StaticString) { string(key, value.description) }

  /// Bytes that are not UTF-8 become U+FFFD.
  @inline(never)
  package mutating func string(_ key: StaticString, _ value: Text) { string(key, value.string) }

  @inline(never)
  public mutating func integer(_ key: StaticString, _ value: Int?) {
    self.key(key)
    if let value { integer(value) } else { null() }
  }

  @inline(never)
  public mutating func number(_ key: StaticString, _ value: Float) {
    self.key(key)
    number(value)
  }

  @inline(never)
  public mutating func number(_ key: StaticString, _ value: Double) {
    self.key(key)
    number(value)
  }

  @inline(never)
  public mutating func boolean(_ key: StaticString, _ value: Bool) {
    self.key(key)
    boolean(value)
  }

  @inline(never)
  public mutating func object(_ key: StaticString, _ writeMembers: (inout JSONWriter) -> Void) {
    self.key(key)
    beginObject()
    writeMembers(&self)
    endObject()
  }

  public mutating func array<Values: RandomAccessCollection>(
    _ key: StaticString, _ values: Values, _ write: (inout JSONWriter, Values.Element) -> Void
  ) where Values.Index == Int {
    array(key, indices: values.startIndex..<values.endIndex) { json, index in write(&json, values[index]) }
  }

  /// An array of objects.
  public mutating func objects<Values: RandomAccessCollection>(
    _ key: StaticString, _ values: Values, _ writeMembers: (inout JSONWriter, Values.Element) -> Void
  ) where Values.Index == Int {
    array(key, indices: values.startIndex..<values.endIndex) { json, index in
      json.beginObject()
      writeMembers(&json, values[index])
      json.endObject()
    }
  }

  /// One function for all types of values.
  @inline(never)
  private mutating func array(
    _ key: StaticString, indices: Range<Int>, _ write: (inout JSONWriter, Int) -> Void
  ) {
    self.key(key)
    beginArray()
    for index in indices { write(&self, index) }
    endArray()
  }

  @inline(never)
  private mutating func token(_ text: String) {
    separate()
    bytes += text.utf8
  }

  private mutating func escape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    put(byte)
  }

  private mutating func separate() {
    if needsComma { put(UInt8(ascii: ",")) }
    needsComma = true
  }

  @inline(never)
  private mutating func open(_ bracket: UInt8) {
    separate()
    put(bracket)
    needsComma = false
  }

  @inline(never)
  private mutating func close(_ bracket: UInt8) {
    put(bracket)
    needsComma = true
  }

  /// A call: growing an array is a hundred bytes of code wherever it stands.
  @inline(never)
  private mutating func put(_ byte: UInt8) { bytes.append(byte) }

  private static func digit(_ value: UInt8) -> UInt8 {
    value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }
}
