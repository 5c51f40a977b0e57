/// Writes FlatBuffers, children before parents. See `FlatBufferReader.swift` for why it is ours.
///
/// Bytes are collected in reverse, since every reference points towards the end of the file: a position is then the
/// distance of an object's first byte from the end, and it never changes.
public struct FlatBufferBuilder {
  /// Distance of an object's first byte from the end of the file.
  public struct Position: Sendable { let fromEnd: Int }

  private var reversed: [UInt8] = []
  private var maximumAlignment = 4

  public init() {}

  /// One field of a table under construction.
  public enum Field {
    case absent
    case byte(UInt8)
    case short(UInt16)
    case int(Int32)
    case float(Float)
    case long(UInt64)
    case reference(Position)

    var byteCount: Int {
      switch self {
      case .absent: 0
      case .byte: 1
      case .short: 2
      case .int, .float, .reference: 4
      case .long: 8
      }
    }
  }

  public mutating func string(_ text: String) -> Position {
    let utf8 = [UInt8](text.utf8)
    align(4, after: utf8.count + 1)
    reversed.append(0)
    return finishVector(utf8, count: utf8.count)
  }

  /// - Parameter alignment: of the first element, in bytes from the start of the file; a power of two.
  public mutating func bytes(_ bytes: [UInt8], alignment: Int = 4) -> Position {
    align(alignment, after: bytes.count)
    return finishVector(bytes, count: bytes.count)
  }

  public mutating func vector<T: BitwiseCopyable>(_ values: [T]) -> Position {
    let raw = values.withUnsafeBytes { [UInt8]($0) }
    align(max(4, MemoryLayout<T>.alignment), after: raw.count)
    return finishVector(raw, count: values.count)
  }

  public mutating func vector(_ references: [Position]) -> Position {
    align(4, after: references.count * 4)
    for position in references.reversed() { pushReference(position) }
    push(UInt32(references.count))
    return here
  }

  /// - Parameter fields: by slot, in the order of the schema.
  public mutating func table(_ fields: [Field]) -> Position {
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
    let vtableByteCount = 4 + 2 * slotCount
    for slot in stride(from: slotCount - 1, through: 0, by: -1) {
      push(UInt16(fieldPositions[slot] == 0 ? 0 : tableStart - fieldPositions[slot]))
    }
    push(UInt16(tableStart - end))
    push(UInt16(vtableByteCount))
    patch(Int32(reversed.count - tableStart), at: tableStart)
    return Position(fromEnd: tableStart)
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
    case .float(let value): push(value.bitPattern)
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
