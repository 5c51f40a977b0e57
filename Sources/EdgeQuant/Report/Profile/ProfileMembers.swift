import Foundation

/// The members of an object in a profile, each checked before anyone computes with it. Absent and null are nil.
struct ProfileMembers {
  struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Entries that a list may have, and the largest count: sums over all entries fit `Int`.
  static let (maximumEntryCount, maximumCount) = (1 << 13, 1 << 48)
  private let container: KeyedDecodingContainer<Key>

  init(_ decoder: any Decoder) throws { container = try decoder.container(keyedBy: Key.self) }

  func text(_ name: String) throws -> String? { try container.decodeIfPresent(String.self, forKey: Key(name)) }

  func flag(_ name: String) throws -> Bool? { try container.decodeIfPresent(Bool.self, forKey: Key(name)) }

  func object<T: Decodable>(_ name: String, _ type: T.Type = T.self) throws -> T? {
    try container.decodeIfPresent(T.self, forKey: Key(name))
  }

  /// An empty list where there is none.
  func list<T: Decodable>(_ name: String, _ type: T.Type = T.self) throws -> [T] {
    guard try container.contains(Key(name)) && !container.decodeNil(forKey: Key(name)) else { return [] }
    // Counted first, so that a long list is not decoded in vain.
    let count = try container.nestedUnkeyedContainer(forKey: Key(name)).count ?? 0
    guard count <= ProfileMembers.maximumEntryCount else {
      throw problem(name, "\(count) entries; at most \(ProfileMembers.maximumEntryCount) can be drawn")
    }
    return try container.decode([T].self, forKey: Key(name))
  }

  /// A time, rate or share: 0 or more, in whatever unit.
  func quantity(_ name: String) throws -> Double? {
    guard let value = try container.decodeIfPresent(Double.self, forKey: Key(name)) else { return nil }
    guard value.isFinite, (0...1e15).contains(value) else { throw problem(name, "\(value) is out of range") }
    // What is below any clock's resolution is nothing, and axes need not divide by it.
    return value < 1e-12 ? 0 : value
  }

  /// A number that may be negative, such as a temperature.
  func number(_ name: String) throws -> Double? {
    guard let value = try container.decodeIfPresent(Double.self, forKey: Key(name)) else { return nil }
    guard value.isFinite, abs(value) <= 1e6 else { throw problem(name, "\(value) is out of range") }
    return abs(value) < 1e-6 ? 0 : value
  }

  /// Bytes, runs, operators.
  func count(_ name: String) throws -> Int? { try integer(name, from: 0) }

  /// The index of an operator; -1 stands for what comes before the first.
  func index(_ name: String) throws -> Int? { try integer(name, from: -1) }

  func required<T>(_ name: String, _ value: T?) throws -> T {
    guard let value else { throw problem(name, "is missing") }
    return value
  }

  func problem(_ name: String, _ reason: String) -> DecodingError {
    .dataCorruptedError(forKey: Key(name), in: container, debugDescription: reason)
  }

  private func integer(_ name: String, from least: Int) throws -> Int? {
    guard let value = try container.decodeIfPresent(Int.self, forKey: Key(name)) else { return nil }
    guard (least...ProfileMembers.maximumCount).contains(value) else { throw problem(name, "\(value) is out of range") }
    return value
  }
}
