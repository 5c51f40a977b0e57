/// A path with wildcards that no shell has replaced by names: `2024-??/*.jpg`, `**/cat/*`.
///
/// `*` stands for any bytes of a name, `?` for one character of UTF-8, `[a-z]` and `[!a-z]` for one byte, `**` between
/// slashes for any folders or none. As in a shell, wildcards do not match a dot at the start of a name. Names are compared as bytes, so
/// that a pattern means the same whatever the locale; besides, `glob` would make the static program 20 KB larger, most of
/// it tables of letters.
struct PathPattern {
  enum Part {
    case name([UInt8])
    case wildcards([UInt8])
    case anyFolders
  }

  /// The folder before the first part with a wildcard; empty for the current one.
  let base: Path
  let parts: [Part]

  /// - Returns: nil for a path without wildcards.
  init?(_ path: Path) {
    let slash = UInt8(ascii: "/")
    let pieces = path.bytes.split(separator: slash).map { Array($0) }
    guard let first = pieces.firstIndex(where: PathPattern.hasWildcards) else { return nil }
    var base: [UInt8] = path.bytes.first == slash ? [slash] : []
    for (index, piece) in pieces[..<first].enumerated() { base += (index > 0 ? [slash] : []) + piece }
    self.base = Path(base)
    var parts: [Part] = []
    for piece in pieces[first...] {
      if piece.elementsEqual("**".utf8) {
        if case .anyFolders = parts.last { continue }
        parts.append(.anyFolders)
      } else {
        parts.append(PathPattern.hasWildcards(piece) ? .wildcards(piece) : .name(piece))
      }
    }
    self.parts = parts
  }

  private static func hasWildcards(_ name: [UInt8]) -> Bool {
    name.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  static func matches(_ name: [UInt8], _ wildcards: [UInt8]) -> Bool {
    if name.first == UInt8(ascii: "."), wildcards.first != UInt8(ascii: ".") { return false }
    var (n, w) = (0, 0)
    // Where to go on if what follows the last star does not match: the star takes one byte more.
    var retry: (name: Int, wildcards: Int)?
    while n < name.count || w < wildcards.count {
      if w < wildcards.count, wildcards[w] == UInt8(ascii: "*") {
        retry = (n, w)
        w += 1
      } else if let next = matchOne(name, n, wildcards, w) {
        (n, w) = next
      } else if let again = retry, again.name < name.count {
        retry!.name += 1
        (n, w) = (again.name + 1, again.wildcards + 1)
      } else {
        return false
      }
    }
    return true
  }

  /// Matches one byte, or one character for `?`.
  /// - Returns: the next positions, or nil.
  private static func matchOne(_ name: [UInt8], _ n: Int, _ wildcards: [UInt8], _ w: Int) -> (Int, Int)? {
    guard n < name.count, w < wildcards.count else { return nil }
    switch wildcards[w] {
    case UInt8(ascii: "?"):
      var end = n + 1
      if name[n] >= 0xC0 { while end < name.count, name[end] & 0xC0 == 0x80 { end += 1 } }
      return (end, w + 1)
    case UInt8(ascii: "["):
      guard let set = bracket(name[n], wildcards, w) else { break }
      return set.contains ? (n + 1, set.end) : nil
    default: break
    }
    return name[n] == wildcards[w] ? (n + 1, w + 1) : nil
  }

  /// Whether the set that begins at `start` contains the byte, and where it ends; nil for a `[` without its `]`.
  private static func bracket(_ byte: UInt8, _ wildcards: [UInt8], _ start: Int) -> (contains: Bool, end: Int)? {
    var next = start + 1
    let isNegated =
      next < wildcards.count && (wildcards[next] == UInt8(ascii: "!") || wildcards[next] == UInt8(ascii: "^"))
    if isNegated { next += 1 }
    let first = next
    var contains = false
    while next < wildcards.count {
      // At the start, `]` is an element.
      if wildcards[next] == UInt8(ascii: "]"), next > first { return (contains != isNegated, next + 1) }
      if next + 2 < wildcards.count, wildcards[next + 1] == UInt8(ascii: "-"), wildcards[next + 2] != UInt8(ascii: "]")
      {
        if wildcards[next] <= byte, byte <= wildcards[next + 2] { contains = true }
        next += 3
      } else {
        if wildcards[next] == byte { contains = true }
        next += 1
      }
    }
    return nil
  }
}
