import EdgeTensor

/// Reads FlatBuffers that nobody vouches for. Every offset is checked before it is followed, so any bytes at all end in
/// values or a `FlatBufferError`; nothing traps.
///
/// The official Swift runtime needs Foundation and copies, neither of which the device has. Wire format:
/// https://flatbuffers.dev/internals
public final class FlatBuffer {
  public let bytes: UnsafeRawBufferPointer
  private(set) var remainingWork: Int

  /// - Parameters:
  ///   - bytes: must outlive this object and everything read through it.
  ///   - sharing: how often each byte may be visited on average. Tables and strings may be shared; the limit keeps time and
  ///     memory linear in the file, however many references point at one place.
  public init(_ bytes: UnsafeRawBufferPointer, sharing: Int = 16) {
    self.bytes = bytes
    remainingWork = bytes.count * sharing + 65_536
  }

  /// The root table.
  /// - Parameter identifier: four ASCII bytes that must stand at offset 4.
  public func root(identifier: StaticString) throws(FlatBufferError) -> FlatTable {
    guard bytes.count >= 8 else { throw .truncated(offset: bytes.count) }
    for i in 0..<4 where bytes[4 + i] != identifier.utf8Start[i] { throw .wrongIdentifier }
    return try table(at: try follow(0))
  }

  func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) throws(FlatBufferError) -> T {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else { throw .truncated(offset: offset) }
    return bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// Where the unsigned 32-bit relative offset stored at `position` leads.
  func follow(_ position: Int) throws(FlatBufferError) -> Int {
    let relative = Int(try load(position, as: UInt32.self))
    let target = position + relative
    guard relative >= 4, target <= bytes.count - 4 else { throw .badOffset(offset: position) }
    return target
  }

  func table(at position: Int) throws(FlatBufferError) -> FlatTable {
    let vtable = position - Int(try load(position, as: Int32.self))
    let vtableByteCount = Int(try load(vtable, as: UInt16.self))
    let tableByteCount = Int(try load(vtable + 2, as: UInt16.self))
    guard vtableByteCount >= 4, vtableByteCount % 2 == 0, vtable + vtableByteCount <= bytes.count,
      tableByteCount >= 4, position + tableByteCount <= bytes.count
    else { throw .badTable(offset: position) }
    try charge(16)
    return FlatTable(
      buffer: self, position: position, byteCount: tableByteCount, vtable: vtable, slotCount: (vtableByteCount - 4) / 2)
  }

  func vector(at position: Int, stride: Int) throws(FlatBufferError) -> FlatVector {
    let count = Int(try load(position, as: UInt32.self))
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard !overflow, byteCount <= bytes.count - position - 4 else { throw .badVector(offset: position) }
    return FlatVector(buffer: self, start: position + 4, count: count, stride: stride)
  }

  func charge(_ byteCount: Int) throws(FlatBufferError) {
    remainingWork -= byteCount
    guard remainingWork >= 0 else { throw .tooMuchSharing }
  }
}

/// A table whose vtable and extent lie inside the buffer. Slots count from 0 in the order of the schema.
public struct FlatTable {
  let buffer: FlatBuffer
  let position: Int
  let byteCount: Int
  let vtable: Int
  let slotCount: Int

  /// Where a field lies, or nil if it is absent.
  func field(_ slot: Int, byteCount fieldByteCount: Int) throws(FlatBufferError) -> Int? {
    guard slot < slotCount else { return nil }
    let offset = Int(try buffer.load(vtable + 4 + 2 * slot, as: UInt16.self))
    guard offset != 0 else { return nil }
    guard offset >= 4, offset + fieldByteCount <= byteCount else { throw .badTable(offset: position) }
    return position + offset
  }

  /// A number or boolean byte; absent fields have the schema's default.
  public func scalar<T: BitwiseCopyable>(_ slot: Int, default value: T) throws(FlatBufferError) -> T {
    guard let position = try field(slot, byteCount: MemoryLayout<T>.size) else { return value }
    return try buffer.load(position)
  }

  public func table(_ slot: Int) throws(FlatBufferError) -> FlatTable? {
    guard let position = try field(slot, byteCount: 4) else { return nil }
    return try buffer.table(at: try buffer.follow(position))
  }

  /// A vector of elements of `stride` bytes (4 for tables and strings).
  public func vector(_ slot: Int, stride: Int) throws(FlatBufferError) -> FlatVector? {
    guard let position = try field(slot, byteCount: 4) else { return nil }
    return try buffer.vector(at: try buffer.follow(position), stride: stride)
  }

  /// The bytes of a string as a range of the buffer; an absent string is empty.
  public func stringRange(_ slot: Int) throws(FlatBufferError) -> Range<Int> {
    try vector(slot, stride: 1)?.byteRange ?? 0..<0
  }

  /// Invalid UTF-8 is repaired.
  public func string(_ slot: Int) throws(FlatBufferError) -> String {
    let range = try stringRange(slot)
    try buffer.charge(range.count)
    return String(decoding: buffer.bytes[range], as: UTF8.self)
  }

  /// All elements of a vector of numbers, copied; an absent vector is empty.
  public func array<T: BitwiseCopyable>(_ slot: Int, of type: T.Type) throws(FlatBufferError) -> [T] {
    try vector(slot, stride: MemoryLayout<T>.stride)?.array(of: type) ?? []
  }

  /// All elements of a vector of tables; an absent vector is empty.
  public func tables(_ slot: Int) throws(FlatBufferError) -> [FlatTable] {
    guard let vector = try vector(slot, stride: 4) else { return [] }
    var tables: [FlatTable] = []
    tables.reserveCapacity(vector.count)
    for i in 0..<vector.count { tables.append(try vector.table(i)) }
    return tables
  }
}

/// A vector whose elements all lie inside the buffer.
public struct FlatVector {
  let buffer: FlatBuffer
  let start: Int
  public let count: Int
  let stride: Int

  public var byteRange: Range<Int> { start..<(start + count * stride) }

  /// A table of a vector of tables.
  func table(_ index: Int) throws(FlatBufferError) -> FlatTable {
    try buffer.table(at: try buffer.follow(start + index * stride))
  }

  /// - Precondition: `stride` is that of the type, and `index` in `0..<count`.
  func element<T: BitwiseCopyable>(_ index: Int, as type: T.Type) throws(FlatBufferError) -> T {
    precondition(stride == MemoryLayout<T>.stride && index < count, "a vector of another type, or not in it")
    try buffer.charge(stride)
    return try buffer.load(start + index * stride)
  }

  /// - Precondition: `stride` is that of the type.
  public func array<T: BitwiseCopyable>(of type: T.Type) throws(FlatBufferError) -> [T] {
    precondition(stride == MemoryLayout<T>.stride, "a vector of another type")
    try buffer.charge(count * stride)
    let source = UnsafeRawBufferPointer(rebasing: buffer.bytes[byteRange])
    return [T](unsafeUninitializedCapacity: count) { values, initialized in
      UnsafeMutableRawBufferPointer(values).copyMemory(from: source)
      initialized = count
    }
  }

  /// The bytes of each string in a vector of strings.
  public func stringRanges() throws(FlatBufferError) -> [Range<Int>] {
    try buffer.charge(count * 4)
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    for i in 0..<count {
      let string = try buffer.vector(at: try buffer.follow(start + 4 * i), stride: 1)
      ranges.append(string.byteRange)
    }
    return ranges
  }
}

/// Why bytes are not a well-formed FlatBuffer of the expected kind. Offsets are in bytes from the start.
public enum FlatBufferError: Error, Equatable {
  case truncated(offset: Int)
  case wrongIdentifier
  case badOffset(offset: Int)
  case badTable(offset: Int)
  case badVector(offset: Int)
  case tooMuchSharing
}

extension FlatBufferError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .truncated(let offset): "the file is cut short (needed bytes at offset \(offset))"
    case .wrongIdentifier: "the file identifier does not match"
    case .badOffset(let offset): "the reference at offset \(offset) leads outside the file"
    case .badTable(let offset): "the table at offset \(offset) is malformed"
    case .badVector(let offset): "the vector at offset \(offset) is longer than the file"
    case .tooMuchSharing: "far more references than the file has room for"
    }
  }
}
