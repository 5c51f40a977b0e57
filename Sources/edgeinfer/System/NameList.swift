import EdgeTensor

/// Names of files, packed: an array for each would take three times the memory.
struct NameList {
  /// Each name with a zero byte behind it, which no name contains.
  private var bytes: [UInt8] = []
  /// Where the names begin, in order.
  private var starts: [Int] = []

  var count: Int { starts.count }

  mutating func append(_ name: [UInt8]) {
    starts.append(bytes.count)
    bytes += name
    bytes.append(0)
  }

  subscript(index: Int) -> [UInt8] { Array(bytes[starts[index]...].prefix { $0 != 0 }) }

  /// By their bytes; of equal ones, one stays.
  mutating func sort() {
    let sorted = bytes.withUnsafeBufferPointer { [starts] bytes in
      var sorted = starts.stablyOrdered { NameList.order(bytes, $0, $1) < 0 }
      var last: Int?
      sorted.removeAll { start in
        defer { last = start }
        return last.map { NameList.order(bytes, $0, start) == 0 } ?? false
      }
      return sorted
    }
    starts = sorted
  }

  /// Below, equal to or above 0, as for `strcmp`.
  private static func order(_ bytes: UnsafeBufferPointer<UInt8>, _ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while bytes[a] == bytes[b], bytes[a] != 0 { (a, b) = (a + 1, b + 1) }
    return Int(bytes[a]) - Int(bytes[b])
  }
}
