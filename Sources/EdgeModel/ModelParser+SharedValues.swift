/// Operators repeat a few names, keys, small numbers and whole lists of attributes hundreds of times; each is kept once.
struct SharedValues {
  /// More different words than known operators and keys have, or more different lists, are not looked for, so that time stays linear.
  private static let limit = 100
  private var words: [String] = []
  private let digits: [[Int64]] = [[0], [1], [2], [3]]
  private var lists: [(start: Int, attributes: Attributes)] = []

  mutating func word(_ text: String) -> String {
    if let known = words.first(where: { $0.hasSameBytes(as: text) }) { return known }
    if words.count < SharedValues.limit { words.append(text) }
    return text
  }

  /// The attributes in a slot of an operator's table. Files of ours store equal lists once.
  mutating func attributes(_ operation: FlatTable, _ slot: Int) throws(FlatBufferError) -> Attributes {
    guard let vector = try operation.vector(slot, stride: 4) else { return Attributes() }
    if let known = lists.first(where: { $0.start == vector.start }) { return known.attributes }
    var entries: [Attribute] = []
    entries.reserveCapacity(vector.count)
    for entry in try operation.tables(slot) {
      entries.append(
        Attribute(
          word(try entry.string(0)), ints: numbers(try entry.array(1, of: Int64.self)),
          floats: try entry.array(2, of: Float.self), text: try entry.string(3)))
    }
    let attributes = Attributes(entries)
    if lists.count < SharedValues.limit { lists.append((vector.start, attributes)) }
    return attributes
  }

  private func numbers(_ values: [Int64]) -> [Int64] {
    guard values.count == 1, (0...3).contains(values[0]) else { return values }
    return digits[Int(values[0])]
  }
}
