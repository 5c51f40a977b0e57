/// A table for a page; the first cell of each row is its header.
struct Table {
  struct Column {
    enum Kind {
      case text
      /// To the right.
      case number
      /// A bar as long as the cell's number, which is 0...1.
      case bar
    }

    let title: String
    let kind: Kind

    static func text(_ title: String) -> Column { Column(title: title, kind: .text) }
    static func number(_ title: String) -> Column { Column(title: title, kind: .number) }
    static func bar(_ title: String) -> Column { Column(title: title, kind: .bar) }
  }

  struct Cell: ExpressibleByStringLiteral {
    let content: Markup
    /// What the row is sorted by; nil where there is no number.
    var value: Double?

    init(_ text: String, _ value: Double? = nil) { (content, self.value) = ("\(text)", value) }
    init(markup: Markup, _ value: Double? = nil) { (content, self.value) = (markup, value) }
    init(stringLiteral text: String) { self.init(text) }
    /// The length of a bar, and how it looks.
    init(bar length: Double, style: String = "mark") {
      let percent = Figures.decimal(100 * min(max(length, 0), 1), 1)
      self.init(
        markup:
          "<span class=\"track\" aria-hidden=\"true\"><span class=\"fill \(style)\" style=\"width:\(percent)%\"></span></span>",
        length)
    }
  }

  let caption: String
  let columns: [Column]
  /// Whether readers may sort it.
  var isSortable = false
  private var rows: [(identifier: String?, cells: [Cell])] = []

  init(_ caption: String, _ columns: [Column], isSortable: Bool = false) {
    (self.caption, self.columns, self.isSortable) = (caption, columns, isSortable)
  }

  var isEmpty: Bool { rows.isEmpty }

  /// - Parameter identifier: what links may point at: letters, digits and hyphens.
  /// - Precondition: as many cells as columns.
  mutating func add(_ cells: [Cell], identifier: String? = nil) {
    precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
    rows.append((identifier, cells))
  }

  var markup: Markup {
    let header = columns.map { column -> Markup in
      let first = column.kind == .text ? "ascending" : "descending"
      let order: Markup = isSortable ? " data-first=\"\(first)\"" : ""
      return "<th scope=\"col\"\(Table.style(column.kind))\(order)>\(column.title)</th>"
    }.joined()
    let body = rows.map { row -> Markup in
      let identifier: Markup = row.identifier.map { " id=\"\($0)\"" } ?? ""
      let cells = zip(columns, row.cells).enumerated().map { index, pair -> Markup in
        let (column, cell) = pair
        guard index > 0 else { return "<th scope=\"row\"\(value(cell, column))>\(cell.content)</th>" }
        return "<td\(Table.style(column.kind))\(value(cell, column))>\(cell.content)</td>"
      }.joined()
      return "<tr\(identifier)>\(cells)</tr>\n"
    }.joined()
    // A box that scrolls must be within reach of the keyboard.
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
      <table\(isSortable ? " class=\"sortable\"" : "" as Markup)>
      <caption>\(caption)</caption>
      <thead><tr>\(header)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table>
      </div>

      """
  }

  private static func style(_ kind: Column.Kind) -> Markup {
    switch kind {
    case .text: ""
    case .number: " class=\"number\""
    case .bar: " class=\"bar\""
    }
  }

  private func value(_ cell: Cell, _ column: Column) -> Markup {
    guard isSortable, column.kind != .text || cell.value != nil else { return "" }
    // The script reads numbers as JavaScript writes them.
    let text = cell.value.map { $0 == .infinity ? "Infinity" : "\($0)" } ?? ""
    return " data-value=\"\(text)\""
  }
}
