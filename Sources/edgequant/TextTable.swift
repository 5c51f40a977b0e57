/// Rows with their columns under each other: the first one to the left, numbers to the right.
struct TextTable {
  enum Alignment { case left, right }

  private var rows: [[String]]
  private let alignments: [Alignment]

  /// - Parameter columns: titles; a column without an alignment of its own is to the right, the first to the left.
  init(_ columns: [String], left: Set<Int> = [0]) {
    rows = [columns]
    alignments = columns.indices.map { left.contains($0) ? .left : .right }
  }

  /// - Precondition: as many cells as columns.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == alignments.count, "\(cells.count) cells for \(alignments.count) columns")
    rows.append(cells)
  }

  var text: String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return alignments[column] == .left ? cell + padding : padding + cell
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

/// Numbers as people read them.
enum Figures {
  /// `-1.25`.
  static func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-inf" : "inf" }
    let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
    let scaled = (abs(value) * unit).rounded()
    guard scaled < 0x1p53 else { return "\(value)" }
    let (whole, part) = (Int(scaled) / Int(unit), Int(scaled) % Int(unit))
    let digits = String(part)
    let fraction = places == 0 ? "" : "." + String(repeating: "0", count: places - digits.count) + digits
    return (value < 0 && scaled > 0 ? "-" : "") + "\(whole)" + fraction
  }

  /// `87.20 %`.
  static func percent(_ share: Double) -> String { "\(decimal(100 * share, 2)) %" }

  /// `1,234,567`.
  static func count(_ value: Int) -> String {
    var groups: [Substring] = []
    var digits = Substring(String(value.magnitude))
    while digits.count > 3 {
      groups.append(digits.suffix(3))
      digits = digits.dropLast(3)
    }
    return (value < 0 ? "-" : "") + ([digits] + groups.reversed()).joined(separator: ",")
  }

  /// Text from files, made harmless for a terminal.
  static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : Character($0) })
  }
}
