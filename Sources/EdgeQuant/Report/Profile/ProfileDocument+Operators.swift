extension ProfileDocument {
  var operatorSection: Markup {
    "\(accounting)<div class=\"pair\">\n\(longestTable)\(kindTable)</div>\n\(operatorTable)"
  }

  /// How the operators' times were taken, and how well they explain the whole.
  private var accounting: Markup {
    var text = ""
    if let batch = operatorBatch, batch > 1 {
      text +=
        "The network is too quick for clocks between its operators: each was timed on its own, "
        + "\(Figures.count(batch)) times in a row. "
    }
    if let sum = operatorSum {
      text += "Operators add up to \(Figures.time(sum))"
      if let whole = unrecorded ?? (median > 0 ? median : nil), whole > 0 {
        text += ", \(Figures.share(sum / whole)) of a whole run"
      }
      text += ". "
    }
    if let recorded, let unrecorded, unrecorded > 0 {
      let cost = recorded / unrecorded - 1
      text +=
        cost > 0 ? "Taking times costs \(Figures.share(cost)). " : "Taking times costs nothing that can be measured. "
    }
    if operators.contains(where: { $0.bound != nil }) {
      let note: Markup = """
        <span class="key mark"></span>bound by arithmetic, <span class="key warm"></span>bound by memory, \
        <span class="key faint"></span>by neither: less than a quarter of what either allows.
        """
      return "<p class=\"note\">\(text)\(note)</p>\n"
    }
    return text.isEmpty ? "" : "<p class=\"note\">\(text)</p>\n"
  }

  /// Operators that `longestTable` names.
  private static let longestCount = 12

  private var ordered: [Operator] { operators.sorted { ($1.median, $0.index) < ($0.median, $1.index) } }

  private var longestTable: Markup {
    var table = Table("The longest operators", [.text("Operator"), .number("Time"), .number("Share"), .bar("")])
    let ordered = ordered
    let longest = max(ordered.first?.median ?? 0, 1e-12)
    for item in ordered.prefix(Self.longestCount) {
      table.add([
        Table.Cell(markup: item.link), Table.Cell(Figures.time(item.median)), Table.Cell(Figures.share(item.share)),
        Table.Cell(bar: item.median / longest, style: item.style),
      ])
    }
    return table.markup
  }

  private var kindTable: Markup {
    var table = Table(
      "By kind", [.text("Kind"), .number("Time"), .number("Share"), .bar("")])
    let kinds = Dictionary(grouping: operators, by: { $0.kind }).map { kind, operators in
      (
        kind: kind, count: operators.count, time: operators.reduce(0) { $0 + $1.median },
        share: min(operators.reduce(0) { $0 + $1.share }, 1)
      )
    }.sorted { ($1.time, $0.kind) < ($0.time, $1.kind) }
    let longest = max(kinds.first?.time ?? 0, 1e-12)
    for item in kinds.prefix(Self.longestCount) {
      table.add([
        Table.Cell(item.kind + (item.count > 1 ? " ×\u{A0}\(item.count)" : "")),
        Table.Cell(Figures.time(item.time)),
        Table.Cell(Figures.share(item.share)), Table.Cell(bar: item.time / longest),
      ])
    }
    return table.markup
  }

  /// All that is known of each; columns that no operator fills are left out.
  private var operatorTable: Markup {
    typealias Column = (column: Table.Column, cell: (Operator) -> Table.Cell)
    func number(_ title: String, _ value: @escaping (Operator) -> Double?, _ text: @escaping (Double) -> String)
      -> Column?
    {
      guard operators.contains(where: { value($0) ?? 0 > 0 }) else { return nil }
      return (.number(title), { item in value(item).map { Table.Cell(text($0), $0) } ?? "–" })
    }
    func amount(_ value: Int?) -> Double? { value.map { Double($0) } }
    let columns: [Column] = [
      (.text("Operator"), { Table.Cell(markup: $0.heading, Double($0.index)) }),
      (.text("Kind, kernel"), { Table.Cell(markup: $0.kindAndKernel) }),
      number("Time", { $0.median }, Figures.time), number("Share", { $0.share }, Figures.share),
      operators.contains { $0.bound != nil } ? (.text("Bound by"), { Table.Cell($0.bound ?? "–") }) : nil,
      number("GMAC/s", { $0.macs > 0 ? $0.gmacs : nil }, Figures.rounded),
      number("Of the roof", { roofline?.part($0) }, Figures.share), number("GB/s", { $0.gbps }, Figures.rounded),
      number("MACs", { $0.macs > 0 ? Double($0.macs) : nil }, { Figures.macs(Int($0)) }),
      number("Weights", { $0.weightBytes == 0 ? nil : amount($0.weightBytes) }, { Figures.bytes(Int($0)) }),
      number("Activations", { amount($0.activationBytes) }, { Figures.bytes(Int($0)) }),
      number("Threads", { amount($0.threads) }, { Figures.count(Int($0)) }),
    ].compactMap { $0 }
    var table = Table("Every operator, the longest first", columns.map { $0.column }, isSortable: true)
    for item in ordered {
      table.add(columns.map { $0.cell(item) }, identifier: "operator-\(item.index)")
    }
    return table.markup
  }
}

extension ProfileDocument.Operator {
  /// `conv_2d`, `fused_block of 3`.
  var title: String { count > 1 ? "\(kind) of \(count)" : kind }

  /// To its row.
  var link: Markup { "<a href=\"#operator-\(index)\">\(index)</a>\u{A0}<span class=\"plain\">\(title)</span>" }

  var kindAndKernel: Markup {
    kernel.isEmpty ? "\(title)" : "\(title)<span class=\"detail plain\">\(kernel)</span>"
  }

  /// How marks of it look.
  var style: String {
    switch bound {
    case "memory": "warm"
    case "neither": "faint"
    default: "mark"
    }
  }

  /// Number and name; long names end after two lines.
  var heading: Markup { "<span class=\"name\" title=\"\(node)\">\(index)\u{A0}<bdi>\(node)</bdi></span>" }

  /// Multiply-accumulates for each byte of weights and activations; nil where it has neither.
  var intensity: Double? {
    let bytes = Double(weightBytes ?? 0) + Double(activationBytes ?? 0)
    return macs > 0 && bytes > 0 ? Double(macs) / bytes : nil
  }
}
