import EdgeTensor

/// Models repeat a few shapes, names of operators and lists of attributes hundreds of times; each is kept, or checked, once.
struct SharedValues {
  /// More different ones are not looked for, so that time stays linear.
  private static let limit = 100
  private var words: [String] = []
  /// Where lists are, and what reading them costs.
  private var lists: [(start: Int, byteCount: Int)] = []
  private var shapes: [Shape] = []

  mutating func word(_ text: String) -> String {
    if let known = words.first(where: { $0.hasSameBytes(as: text) }) { return known }
    if words.count < SharedValues.limit { words.append(text) }
    return text
  }

  /// nil if no tensor can have these extents.
  mutating func shape(_ extents: [Int32]) -> Shape? {
    func isEqual(_ shape: Shape) -> Bool {
      shape.rank == extents.count && extents.indices.allSatisfy { shape[$0] == Int(extents[$0]) }
    }
    if let known = shapes.first(where: isEqual) { return known }
    let shape = Shape(checking: extents.map { Int($0) })
    if let shape, shapes.count < SharedValues.limit { shapes.append(shape) }
    return shape
  }

  /// Reads the attributes in a slot of an operator's table, which stay in the file, to see that it can be done. Files of ours store equal
  /// lists once. Each operator pays for its list nevertheless, since each that is planned reads it again.
  mutating func check(_ operation: FlatTable, _ slot: Int) throws(FlatBufferError) {
    guard let start = try operation.vector(slot, stride: 4)?.start else { return }
    if let known = lists.first(where: { $0.start == start }) { return try operation.buffer.charge(known.byteCount) }
    let before = operation.buffer.remainingWork
    _ = try operation.attributes(slot)
    if lists.count < SharedValues.limit { lists.append((start, before - operation.buffer.remainingWork)) }
  }
}

extension FlatTable {
  /// The attributes in a slot of an operator's table.
  func attributes(_ slot: Int) throws(FlatBufferError) -> Attributes {
    guard let vector = try vector(slot, stride: 4) else { return Attributes() }
    var entries: [Attribute] = []
    entries.reserveCapacity(vector.count)
    for index in 0..<vector.count {
      let entry = try vector.table(index)
      entries.append(
        Attribute(
          try entry.string(0), ints: try entry.array(1, of: Int64.self), floats: try entry.array(2, of: Float.self),
          text: try entry.string(3)))
    }
    return Attributes(entries)
  }
}
