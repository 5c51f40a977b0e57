/// Guesses what a mistyped word was meant to be.
enum Spelling {
  /// The word with the fewest insertions, deletions and replacements, or one that starts with what was typed.
  /// - Returns: nil if none is near: more than 2 changes, or more than half of the word, rounded up.
  static func nearest(to typed: [UInt8], among words: [StaticString]) -> StaticString? {
    var best: (word: StaticString, distance: Int)?
    for word in words {
      let isPrefix = typed.count >= 2 && word.bytes.starts(with: typed)
      let distance = isPrefix ? 1 : distance(typed, word.bytes)
      if distance <= min(2, (word.utf8CodeUnitCount + 1) / 2), distance < best?.distance ?? .max {
        best = (word, distance)
      }
    }
    return best?.word
  }

  /// Levenshtein's distance, row by row.
  private static func distance(_ a: [UInt8], _ b: UnsafeBufferPointer<UInt8>) -> Int {
    guard a.count <= 2 * b.count + 2 else { return .max }
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
