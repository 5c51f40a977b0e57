/// Walks through the bytes of an ONNX file before they are decoded, so that damage is named by its place, and so that a small file
/// cannot ask for much memory: each message costs a multiple of its bytes once it is decoded.
///
/// - SeeAlso: Protocol Buffers, "Encoding": a record is a varint `number << 3 | wireType` and a value.
struct ONNXWireCheck {
  /// Messages, strings, numbers and the like in one file. Networks have some ten thousand.
  static let maximumRecordCount = 1_000_000
  /// Messages in messages. The format needs nine; only control flow nests deeper, and that is not decoded.
  private static let maximumDepth = 16

  private let bytes: UnsafeRawBufferPointer
  private var recordCount = 0

  /// - Throws: `badSource`, naming the message and the byte where the file stops making sense.
  static func check(_ bytes: UnsafeRawBufferPointer) throws(QuantError) {
    guard bytes.count > 0 else { throw .badSource("the file is empty") }
    var check = ONNXWireCheck(bytes: bytes)
    var numbers: Set<Int> = []
    try check.message(0..<bytes.count, .model, "model", depth: 0, numbers: &numbers)
  }

  /// Whether the bytes are records of which one is the graph of a model.
  static func hasGraph(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var check = ONNXWireCheck(bytes: bytes)
    var numbers: Set<Int> = []
    guard (try? check.message(0..<bytes.count, .leaf, "model", depth: 0, numbers: &numbers)) != nil else {
      return false
    }
    return numbers.contains(7)
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// - Parameter numbers: receives the numbers of the fields that hold bytes.
  private mutating func message(
    _ range: Range<Int>, _ kind: ONNXMessageKind, _ path: String, depth: Int, numbers: inout Set<Int>
  ) throws(QuantError) {
    guard depth <= ONNXWireCheck.maximumDepth else {
      throw .badSource("not a valid ONNX file: \(path) is nested too deep")
    }
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let tag = try varint(&position, range.upperBound, path)
      let (number, wireType) = (Int(truncatingIfNeeded: tag >> 3), tag & 7)
      guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
        throw damaged(path, start, "a field has the impossible number \(tag >> 3)")
      }
      recordCount += 1
      guard recordCount <= ONNXWireCheck.maximumRecordCount else {
        throw .badSource(
          "the file has more than \(ONNXWireCheck.maximumRecordCount) records, more than any network needs")
      }
      switch wireType {
      case 0: _ = try varint(&position, range.upperBound, path)
      case 1: try skip(8, &position, range.upperBound, path)
      case 5: try skip(4, &position, range.upperBound, path)
      case 2:
        let length = try varint(&position, range.upperBound, path)
        guard length <= UInt64(range.upperBound - position) else {
          throw damaged(
            path, start, "field \(number) is \(length) bytes long, but \(range.upperBound - position) bytes are left")
        }
        let end = position + Int(length)
        if depth == 0 { numbers.insert(number) }
        if let child = kind.children[number] {
          try message(position..<end, child.kind, "\(path).\(child.name)", depth: depth + 1, numbers: &numbers)
        }
        position = end
      default: throw damaged(path, start, "field \(number) has the unknown wire type \(wireType)")
      }
    }
  }

  private func varint(_ position: inout Int, _ end: Int, _ path: String) throws(QuantError) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw damaged(path, position, "the file or message ends within a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << (7 * index)
      if byte < 0x80 { return value }
    }
    throw damaged(path, position, "a number is longer than 10 bytes")
  }

  private func skip(_ count: Int, _ position: inout Int, _ end: Int, _ path: String) throws(QuantError) {
    guard end - position >= count else { throw damaged(path, position, "the file or message ends within a number") }
    position += count
  }

  private func damaged(_ path: String, _ position: Int, _ what: String) -> QuantError {
    .badSource("not a valid ONNX file, or a damaged one: in \(path), at byte \(position): \(what)")
  }
}

/// The messages of `onnx.proto` that lie inside others, by field number.
private struct ONNXMessageKind {
  let children: [Int: (name: String, kind: ONNXMessageKind)]

  static let leaf = ONNXMessageKind(children: [:])
  static let sparse = ONNXMessageKind(children: [1: ("values", tensor)])
  static let tensor = ONNXMessageKind(children: [13: ("external_data", leaf)])
  static let shape = ONNXMessageKind(children: [1: ("dim", leaf)])
  static let tensorType = ONNXMessageKind(children: [2: ("shape", shape)])
  static let type = ONNXMessageKind(children: [1: ("tensor_type", tensorType)])
  static let valueInfo = ONNXMessageKind(children: [2: ("type", type)])
  static let attribute = ONNXMessageKind(children: [5: ("t", tensor)])
  static let node = ONNXMessageKind(children: [5: ("attribute", attribute)])
  static let graph = ONNXMessageKind(children: [
    1: ("node", node), 5: ("initializer", tensor), 11: ("input", valueInfo), 12: ("output", valueInfo),
    13: ("value_info", valueInfo), 15: ("sparse_initializer", sparse),
  ])
  static let model = ONNXMessageKind(children: [
    7: ("graph", graph), 8: ("opset_import", leaf), 25: ("functions", leaf),
  ])
}
