/// Reads the dictionary of a `.npy` header: exactly the keys `descr`, `fortran_order` and `shape`, in any order.
struct NumpyHeaderParser {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func parse() throws(NumpyError) -> (descr: String, fortranOrder: Bool, shape: [Int]) {
    var descr: String?
    var fortranOrder: Bool?
    var shape: [Int]?
    try expect(UInt8(ascii: "{"))
    while !accept(UInt8(ascii: "}")) {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      if key.utf8.elementsEqual("descr".utf8), descr == nil {
        guard next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") else {
          throw .unsupportedType(descr: "with several fields")
        }
        descr = try string()
      } else if key.utf8.elementsEqual("fortran_order".utf8), fortranOrder == nil {
        fortranOrder = try boolean()
      } else if key.utf8.elementsEqual("shape".utf8), shape == nil {
        shape = try tuple()
      } else {
        throw .badHeader(reason: "a key is unknown or occurs twice")
      }
      guard accept(UInt8(ascii: ",")) || next == UInt8(ascii: "}") else {
        throw .badHeader(reason: "a comma is missing")
      }
    }
    guard next == nil else { throw .badHeader(reason: "text follows the dictionary") }
    guard let descr, let fortranOrder, let shape else {
      throw .badHeader(reason: "descr, fortran_order or shape is missing")
    }
    return (descr, fortranOrder, shape)
  }

  /// The next byte that is not white space.
  private var next: UInt8? {
    mutating get {
      while position < bytes.count, bytes[position] == 0x20 || (0x09...0x0D).contains(bytes[position]) { position += 1 }
      return position < bytes.count ? bytes[position] : nil
    }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(NumpyError) {
    guard accept(byte) else { throw .badHeader(reason: "not a dictionary of descr, fortran_order and shape") }
  }

  private mutating func string() throws(NumpyError) -> String {
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw .badHeader(reason: "a quoted word is missing")
    }
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: quote) else { throw .badHeader(reason: "a quote is not closed") }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func boolean() throws(NumpyError) -> Bool {
    _ = next
    let start = position
    while position < bytes.count, bytes[position] | 0x20 >= UInt8(ascii: "a"),
      bytes[position] | 0x20 <= UInt8(ascii: "z")
    {
      position += 1
    }
    let word = bytes[start..<position]
    if word.elementsEqual("True".utf8) { return true }
    if word.elementsEqual("False".utf8) { return false }
    throw .badHeader(reason: "fortran_order is neither True nor False")
  }

  private mutating func tuple() throws(NumpyError) -> [Int] {
    var values: [Int] = []
    try expect(UInt8(ascii: "("))
    while !accept(UInt8(ascii: ")")) {
      values.append(try integer())
      guard accept(UInt8(ascii: ",")) || (next == UInt8(ascii: ")") && values.count > 1) else {
        throw .badHeader(reason: "the shape is not a tuple")
      }
    }
    return values
  }

  private mutating func integer() throws(NumpyError) -> Int {
    var value = 0
    guard let first = next, (0x30...0x39).contains(first) else {
      throw .badHeader(reason: "an extent is not a whole number")
    }
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow, tens <= Int.max - 9 else { throw .impossibleShape }
      value = tens + Int(bytes[position] - 0x30)
      position += 1
    }
    return value
  }
}
