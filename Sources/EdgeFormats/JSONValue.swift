/// A JSON value (RFC 8259), for the few files that the device reads. No parser of others works in Embedded Swift.
public enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  /// Within a few units of the last digit of the nearest float64.
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// In the order of the text.
  case object([(key: String, value: JSONValue)])

  /// Where a text stops being JSON: a byte offset.
  public struct Problem: Error, Equatable {
    public let offset: Int
  }

  /// - Parameter bytes: UTF-8; invalid sequences become U+FFFD.
  public init(parsing bytes: [UInt8]) throws(Problem) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// A member of an object; the first of several with the same name.
  public subscript(key: StaticString) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    let wanted = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    return members.first { $0.key.utf8.elementsEqual(wanted) }?.value
  }

  public var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  public var string: String? {
    guard case .string(let string) = self else { return nil }
    return string
  }

  public var array: [JSONValue]? {
    guard case .array(let array) = self else { return nil }
    return array
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  private var position = 0

  /// Deeper nesting is refused: each level is a call.
  private static let maximumDepth = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONValue.Problem) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw problem }
    return value
  }

  private var problem: JSONValue.Problem { JSONValue.Problem(offset: position) }
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONValue.Problem) -> JSONValue {
    guard depth < JSONParser.maximumDepth else { throw problem }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONValue.Problem) -> JSONValue {
    let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes[position...].starts(with: wanted) else { throw problem }
    position += wanted.count
    return value
  }

  private mutating func array(depth: Int) throws(JSONValue.Problem) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(values) }
    repeat {
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw problem }
    return .array(values)
  }

  private mutating func object(depth: Int) throws(JSONValue.Problem) -> JSONValue {
    position += 1
    var members: [(key: String, value: JSONValue)] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw problem }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw problem }
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw problem }
    return .object(members)
  }

  private mutating func string() throws(JSONValue.Problem) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next, byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&text)
      default: text.append(byte)
      }
    }
    throw problem
  }

  private mutating func escape(_ text: inout [UInt8]) throws(JSONValue.Problem) {
    guard let byte = next else { throw problem }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = try codeUnit()
      if scalar & 0xFC00 == 0xD800, next == UInt8(ascii: "\\"),
        bytes[position...].dropFirst().first == UInt8(ascii: "u")
      {
        position += 2
        let low = try codeUnit()
        guard low & 0xFC00 == 0xDC00 else { throw problem }
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
      }
      text += String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8
    default: throw problem
    }
  }

  private mutating func codeUnit() throws(JSONValue.Problem) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next else { throw problem }
      let letter = byte | 0x20
      switch byte {
      case 0x30...0x39: unit = unit << 4 + UInt32(byte - 0x30)
      case _ where (0x61...0x66).contains(letter): unit = unit << 4 + UInt32(letter - 0x61 + 10)
      default: throw problem
      }
      position += 1
    }
    return unit
  }

  private mutating func number() throws(JSONValue.Problem) -> Double {
    let isNegative = take(UInt8(ascii: "-"))
    let start = position
    var (value, power) = (0.0, 0)
    func digit() -> Double? { next.flatMap { (0x30...0x39).contains($0) ? Double($0 - 0x30) : nil } }
    let startsWithZero = next == 0x30
    while let digit = digit() {
      value = value * 10 + digit
      position += 1
    }
    guard position > start, !startsWithZero || position == start + 1 else { throw problem }
    if take(UInt8(ascii: ".")) {
      let first = position
      while let digit = digit() {
        value = value * 10 + digit
        power -= 1
        position += 1
      }
      guard position > first else { throw problem }
    }
    if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
      position += 1
      let isSmall = next == UInt8(ascii: "-")
      if isSmall || next == UInt8(ascii: "+") { position += 1 }
      var exponent = 0
      let first = position
      while let digit = digit() {
        exponent = min(exponent * 10 + Int(digit), 10_000)
        position += 1
      }
      guard position > first else { throw problem }
      power += isSmall ? -exponent : exponent
    }
    // In two steps, since the digits of a small number are a large one.
    let near = min(power.magnitude, 300)
    var magnitude = value
    for part in [near, power.magnitude - near] {
      magnitude = power < 0 ? magnitude / JSONParser.powerOfTen(part) : magnitude * JSONParser.powerOfTen(part)
    }
    if value == 0 { magnitude = 0 }
    return isNegative ? -magnitude : magnitude
  }

  private static func powerOfTen(_ exponent: UInt) -> Double {
    var (power, factor, left) = (1.0, 10.0, exponent)
    while left > 0 {
      if left & 1 == 1 { power *= factor }
      factor *= factor
      left >>= 1
    }
    return power
  }
}
