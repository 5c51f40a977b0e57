/// One named parameter of an operator, in one of three forms.
public struct Attribute: Sendable {
  public var key: String
  public var ints: [Int64]
  public var floats: [Float]
  public var text: String

  public init(_ key: String, ints: [Int64] = [], floats: [Float] = [], text: String = "") {
    self.key = key
    self.ints = ints
    self.floats = floats
    self.text = text
  }
}

/// The parameters of one operator, by key.
public struct Attributes: Sendable {
  public private(set) var entries: [Attribute]

  public init(_ entries: [Attribute] = []) { self.entries = entries }

  /// nil if the key is absent or the entry has no integers.
  public func int(_ key: StaticString) -> Int? {
    guard let value = entry(key)?.ints.first else { return nil }
    return Int(exactly: value)
  }

  public func ints(_ key: StaticString) -> [Int]? {
    guard let entry = entry(key) else { return nil }
    return entry.ints.map { Int($0) }
  }

  /// Absent means false.
  public func bool(_ key: StaticString) -> Bool { int(key) ?? 0 != 0 }

  public func float(_ key: StaticString) -> Float? { entry(key)?.floats.first }

  public func text(_ key: StaticString) -> String? { entry(key)?.text }

  public mutating func set(_ attribute: Attribute) {
    entries.removeAll { $0.key.utf8.elementsEqual(attribute.key.utf8) }
    entries.append(attribute)
  }

  private func entry(_ key: StaticString) -> Attribute? {
    entries.first { $0.key.hasSameBytes(as: key) }
  }
}

extension String {
  /// Equality by bytes. `==` on strings brings Unicode tables (41 KB) into the device program.
  public func hasSameBytes(as other: StaticString) -> Bool {
    hasBytes(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }

  /// Equality by bytes.
  func hasSameBytes(as other: String) -> Bool {
    utf8.count == other.utf8.count
      && other.utf8.withContiguousStorageIfAvailable { hasBytes($0) } ?? utf8.elementsEqual(other.utf8)
  }

  /// Loading compares names some thousand times, so not byte by byte through a string's iterator.
  private func hasBytes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard utf8.count == bytes.count else { return false }
    return utf8.withContiguousStorageIfAvailable { $0.elementsEqual(bytes) } ?? utf8.elementsEqual(bytes)
  }
}
