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
    let wanted = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    return entries.first { $0.key.utf8.elementsEqual(wanted) }
  }
}

extension String {
  /// Equality by bytes. `==` on strings brings Unicode tables (41 KB) into the device program.
  public func hasSameBytes(as other: StaticString) -> Bool {
    utf8.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }
}
