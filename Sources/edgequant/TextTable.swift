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
