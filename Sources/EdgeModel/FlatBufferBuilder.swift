/// Writes FlatBuffers, children before parents. See `FlatBufferReader.swift` for why it is ours.
///
/// Bytes are collected in reverse, since every reference points towards the end of the file: a position is then the
/// distance of an object's first byte from the end, and it never changes. What is equal is stored once: strings, vectors of numbers or
/// references, tables and vtables; only `bytes` always writes anew.
public struct FlatBufferBuilder {
  /// Distance of an object's first byte from the end of the file.
  public struct Position: Hashable, Sendable { let fromEnd: Int }

  private var reversed: [UInt8] = []
  private var maximumAlignment = 4
  private var known: [Part: Position] = [:]

  /// What is in the file already.
  private enum Part: Hashable {
    case string([UInt8])
    /// Of two-byte elements there may be twice as many in the same bytes.
    case vector([UInt8], count: Int, alignment: Int)
    case references([Position])
    case table([Field])
    case vtable([UInt16])
  }

  public init() {}

  /// One field of a table under construction.
  public enum Field: Hashable {
    case absent
    case byte(UInt8)
    case short(UInt16)
    case int(Int32)
    case long(UInt64)
    case reference(Position)

    public static func float(_ value: Float) -> Field { .int(Int32(bitPattern: value.bitPattern)) }

    var byteCount: Int {
      switch self {
      case .absent: 0
      case .byte: 1
      case .short: 2
      case .int, .reference: 4
      case .long: 8
      }
    }
  }

  public mutating func string(_ text: String) -> Position {
    let utf8 = [UInt8](text.utf8)
    return once(.string(utf8)) { builder in
      builder.align(4, after: utf8.count + 1)
      builder.reversed.append(0)
      return builder.finishVector(utf8, count: utf8.count)
    }
  }

  /// - Parameter alignment: of the first element, in bytes from the start of the file; a power of two.
  public mutating func bytes(_ bytes: [UInt8], alignment: Int = 4) -> Position {
    align(alignment, after: bytes.count)
    return finishVector(bytes, count: bytes.count)
  }

  public mutating func vector<T: BitwiseCopyable>(_ values: [T]) -> Position {
    let raw = values.withUnsafeBytes { [UInt8]($0) }
    let alignment = max(4, MemoryLayout<T>.alignment)
    return once(.vector(raw, count: values.count, alignment: alignment)) { builder in
      builder.align(alignment, after: raw.count)
      return builder.finishVector(raw, count: values.count)
    }
  }

  public mutating func vector(_ references: [Position]) -> Position {
    once(.references(references)) { builder in
      builder.align(4, after: references.count * 4)
      for position in references.reversed() { builder.pushReference(position) }
      builder.push(UInt32(references.count))
      return builder.here
    }
  }

  /// - Parameter fields: by slot, in the order of the schema.
  public mutating func table(_ fields: [Field]) -> Position {
    once(.table(fields)) { $0.newTable(fields) }
  }

  private mutating func newTable(_ fields: [Field]) -> Position {
    // Larger fields first from the end keeps padding small; the order inside a table is free.
    let end = reversed.count
    var fieldPositions = [Int](repeating: 0, count: fields.count)
    for size in [1, 2, 4, 8] {
      for (slot, field) in fields.enumerated() where field.byteCount == size {
        align(size, after: size)
        push(field)
        fieldPositions[slot] = reversed.count
      }
    }
    align(4, after: 4)
    push(Int32(0))  // distance to the vtable, patched below
    let tableStart = reversed.count

    var slotCount = fields.count
    while slotCount > 0, fieldPositions[slotCount - 1] == 0 { slotCount -= 1 }
    let slots = fieldPositions[..<slotCount].map { $0 == 0 ? 0 : UInt16(tableStart - $0) }
    let vtable = once(.vtable([UInt16(tableStart - end)] + slots)) { builder in
      for slot in slots.reversed() { builder.push(slot) }
      builder.push(UInt16(tableStart - end))
      builder.push(UInt16(4 + 2 * slotCount))
      return builder.here
    }
    patch(Int32(vtable.fromEnd - tableStart), at: tableStart)
    return Position(fromEnd: tableStart)
  }

  /// Where an equal part was written before, or where `write` puts it now.
  private mutating func once(_ part: Part, write: (inout FlatBufferBuilder) -> Position) -> Position {
    if let position = known[part] { return position }
    let position = write(&self)
    known[part] = position
    return position
  }

  /// The finished file.
  /// - Parameter identifier: four ASCII bytes.
  public consuming func finish(root: Position, identifier: StaticString) -> [UInt8] {
    align(maximumAlignment, after: 8)
    for i in stride(from: 3, through: 0, by: -1) { reversed.append(identifier.utf8Start[i]) }
    pushReference(root)
    reversed.reverse()
    return reversed
  }

  private var here: Position { Position(fromEnd: reversed.count) }

  /// Pads so that, once `byteCount` more bytes are written, the next address is a multiple of `alignment`.
  private mutating func align(_ alignment: Int, after byteCount: Int) {
    maximumAlignment = max(maximumAlignment, alignment)
    while (reversed.count + byteCount) % alignment != 0 { reversed.append(0) }
  }

  private mutating func finishVector(_ bytes: [UInt8], count: Int) -> Position {
    reversed.append(contentsOf: bytes.reversed())
    push(UInt32(count))
    return here
  }

  private mutating func push<T: FixedWidthInteger>(_ value: T) {
    for byte in stride(from: T.bitWidth - 8, through: 0, by: -8) {
      reversed.append(UInt8(truncatingIfNeeded: value >> T(byte)))
    }
  }

  private mutating func push(_ field: Field) {
    switch field {
    case .absent: break
    case .byte(let value): push(value)
    case .short(let value): push(value)
    case .int(let value): push(value)
    case .long(let value): push(value)
    case .reference(let position): pushReference(position)
    }
  }

  private mutating func pushReference(_ position: Position) {
    push(UInt32(reversed.count + 4 - position.fromEnd))
  }

  private mutating func patch(_ value: Int32, at fromEnd: Int) {
    for i in 0..<4 { reversed[fromEnd - 1 - i] = UInt8(truncatingIfNeeded: value >> Int32(8 * i)) }
  }
}
