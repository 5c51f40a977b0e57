/// Memory that grows to the largest picture met and is then reused. Its elements are undefined until written.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
  private(set) var pointer: UnsafeMutablePointer<Element>?
  private(set) var capacity = 0

  deinit { pointer?.deallocate() }

  var byteCount: Int { capacity * MemoryLayout<Element>.stride }

  /// Makes room for `count` elements; keeps none of the old ones if it must grow.
  mutating func reserve(_ count: Int) {
    guard count > capacity else { return }
    pointer?.deallocate()
    pointer = .allocate(capacity: count)
    capacity = count
  }

  /// The elements. Valid until the next `reserve` that grows.
  var elements: UnsafeMutablePointer<Element> {
    guard let pointer else { preconditionFailure("scratch memory used before it was reserved") }
    return pointer
  }

  subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < capacity)
      return elements[index]
    }
    set {
      assert(index >= 0 && index < capacity)
      elements[index] = newValue
    }
  }
}
