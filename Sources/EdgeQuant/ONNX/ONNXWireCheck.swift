/// Walks through the bytes of an ONNX file before they are decoded, so that damage is named by its place, and so that a small file
/// cannot ask for much memory: each message costs a multiple of its bytes once it is decoded.
///
/// - SeeAlso: Protocol Buffers, "Encoding": a record is a varint `number << 3 | wireType` and a value.
struct ONNXWireCheck {
  /// Messages, strings, numbers and the like in one file. Networks have some ten thousand.
  static let maximumRecordCount = 1_000_000

  private let bytes: UnsafeRawBufferPointer
  private var recordCount = 0
  /// Where the walk is.
  private var path: [String] = []
  /// Numbers of the fields of the outermost message that hold bytes.
  private var numbers: Set<UInt64> = []

  /// - Throws: `badSource`, naming the message and the byte where the file stops making sense.
  static func check(_ bytes: UnsafeRawBufferPointer) throws(QuantError) {
    var check = ONNXWireCheck(bytes: bytes)
    try check.message(0..<bytes.count, .model)
  }

  /// Whether the bytes are records of which one may be the graph of a model.
  static func hasGraph(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var check = ONNXWireCheck(bytes: bytes)
    return (try? check.message(0..<bytes.count, .leaf)) != nil && check.numbers.contains(7)
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func message(_ range: Range<Int>, _ kind: ONNXMessageKind) throws(QuantError) {
    var counts: [UInt64: Int] = [:]
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let tag = try varint(&position, range.upperBound)
      let (number, wireType) = (tag >> 3, tag & 7)
      guard (1..<1 << 29).contains(number) else { throw damaged(start, "a field has the impossible number \(number)") }
      recordCount += 1
      guard recordCount <= ONNXWireCheck.maximumRecordCount else {
        throw .badSource(
          "the file has more than \(ONNXWireCheck.maximumRecordCount) records, more than any network needs")
      }
      switch wireType {
      case 0: _ = try varint(&position, range.upperBound)
      case 1: try skip(8, &position, range.upperBound)
      case 5: try skip(4, &position, range.upperBound)
      case 2:
        let length = try varint(&position, range.upperBound)
        guard length <= UInt64(range.upperBound - position) else {
          throw damaged(
            start, "field \(number) is \(length) bytes long, but \(range.upperBound - position) bytes are left")
        }
        let end = position + Int(length)
        if path.isEmpty { numbers.insert(number) }
        if let child = kind.children[number] {
          path.append(child.isRepeated ? "\(child.name)[\(counts[number, default: 0])]" : child.name)
          counts[number, default: 0] += 1
          try message(position..<end, child.kind)
          path.removeLast()
        }
        position = end
      default: throw damaged(start, "field \(number) has the unknown wire type \(wireType)")
      }
    }
  }

  private func varint(_ position: inout Int, _ end: Int) throws(QuantError) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw damaged(position, "the file or message ends within a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << (7 * index)
      if byte < 0x80 { return value }
    }
    throw damaged(position, "a number is longer than 10 bytes")
  }

  private func skip(_ count: Int, _ position: inout Int, _ end: Int) throws(QuantError) {
    guard end - position >= count else { throw damaged(position, "the file or message ends within a number") }
    position += count
  }

  private func damaged(_ position: Int, _ what: String) -> QuantError {
    let place = (["model"] + path).joined(separator: ".")
    return .badSource("not a valid ONNX file, or a damaged one: in \(place), at byte \(position): \(what)")
  }
}

/// The messages of `onnx.proto` that lie inside others, by field number. None lies inside itself, so the walk is not deep.
private struct ONNXMessageKind {
  struct Child {
    let name: String
    let kind: ONNXMessageKind
    let isRepeated: Bool

    static func one(_ name: String, _ kind: ONNXMessageKind) -> Child {
      Child(name: name, kind: kind, isRepeated: false)
    }
    static func many(_ name: String, _ kind: ONNXMessageKind) -> Child {
      Child(name: name, kind: kind, isRepeated: true)
    }
  }

  let children: [UInt64: Child]

  static let leaf = ONNXMessageKind(children: [:])
  static let tensor = ONNXMessageKind(children: [13: .many("external_data", leaf)])
  static let shape = ONNXMessageKind(children: [1: .many("dim", leaf)])
  static let tensorType = ONNXMessageKind(children: [2: .one("shape", shape)])
  static let type = ONNXMessageKind(children: [1: .one("tensor_type", tensorType)])
  static let valueInfo = ONNXMessageKind(children: [2: .one("type", type)])
  static let attribute = ONNXMessageKind(children: [5: .one("t", tensor)])
  static let node = ONNXMessageKind(children: [5: .many("attribute", attribute)])
  static let graph = ONNXMessageKind(children: [
    1: .many("node", node), 5: .many("initializer", tensor), 11: .many("input", valueInfo),
    12: .many("output", valueInfo), 13: .many("value_info", valueInfo), 15: .many("sparse_initializer", leaf),
  ])
  static let model = ONNXMessageKind(children: [
    7: .one("graph", graph), 8: .many("opset_import", leaf),
  ])
}
