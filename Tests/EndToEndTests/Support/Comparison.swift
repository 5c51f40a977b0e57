/// How computed bytes differ from expected ones; nil where they are as they should be.
enum Comparison {
  /// Every byte equal.
  static func exact(_ computed: [UInt8], _ expected: [UInt8]) -> String? {
    guard computed.count == expected.count else { return "\(computed.count) bytes, expected \(expected.count)" }
    guard let first = zip(computed, expected).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset else {
      return nil
    }
    let count = zip(computed, expected).filter { $0 != $1 }.count
    return "byte \(first) is \(computed[first]), expected \(expected[first]); \(count) of \(expected.count) differ"
  }

  static func floats(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// Largest difference over the largest magnitude of the expected numbers, at most `tolerance`. Not-a-number and infinities must
  /// be the same.
  static func relative(_ computed: [Float], _ expected: [Float], tolerance: Double) -> String? {
    guard computed.count == expected.count else { return "\(computed.count) numbers, expected \(expected.count)" }
    let largest = expected.filter { $0.isFinite }.map { abs(Double($0)) }.max() ?? 0
    var worst = (difference: 0.0, index: 0)
    for (index, (a, b)) in zip(computed, expected).enumerated() {
      if a == b || a.isNaN && b.isNaN { continue }
      guard a.isFinite, b.isFinite else { return "number \(index) is \(a), expected \(b)" }
      let difference = abs(Double(a) - Double(b))
      if difference > worst.difference { worst = (difference, index) }
    }
    guard worst.difference > tolerance * largest else { return nil }
    return "number \(worst.index) is \(computed[worst.index]), expected \(expected[worst.index]): off by "
      + "\(worst.difference), more than \(tolerance) of \(largest)"
  }
}
