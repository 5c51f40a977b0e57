extension ProfileDocument {
  var boardSection: Markup {
    let table = boardTable
    return "<div class=\"pair\">\n\(stateTable)\(table.isEmpty ? "" : table.markup)</div>\n"
  }

  private var boardTable: Table {
    var table = Table("What was measured, and on what", [.text("Property"), .text("Value")])
    func add(_ title: Table.Cell, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      table.add([title, Table.Cell(markup: "<bdi>\(value)</bdi>")])
    }
    add("Board", board?.model)
    add("Kernel", board?.kernel)
    add("Processors", board?.processorCount.map { Figures.count($0) })
    add("Governor", board?.governor)
    add("CPU features used", cpu?.replacing(",", with: ", "))
    add("Threads", threads.map { Figures.count($0) })
    add("Plan", isFused.map { $0 ? "fused" : "not fused" })
    add("Program", tool)
    add("Hash of the program (XXH64)", board?.programHash)
    add("Model", file)
    add("Size of the model", (fileBytes ?? memory?.fileBytes).map { "\(Figures.count($0)) bytes" })
    add("Hash of the model (XXH64)", fileHash)
    return table
  }

  /// The board before and after; empty where the system says nothing.
  private var stateTable: Markup {
    guard let board else { return "" }
    var table = Table("Before the first run and after the last", [.text("State"), .number("Before"), .number("After")])
    func add(_ title: Table.Cell, _ value: (Board.State) -> Markup?) {
      let cells = [board.start, board.end].map { $0.flatMap(value) }
      guard cells.contains(where: { $0 != nil }) else { return }
      table.add([title] + cells.map { Table.Cell(markup: $0 ?? "–") })
    }
    add("Clock") { $0.megahertz.map { "\(Figures.rounded($0))\u{A0}MHz" } }
    add("Temperature") { $0.celsius.map { "\(Figures.typeset($0, 1))\u{A0}°C" } }
    add("Throttled") {
      $0.throttled.map { "<span class=\"\($0.flags == 0 ? "good" : "bad")\">\($0.text)</span>" }
    }
    return table.isEmpty ? "" : table.markup
  }

  /// Nil where the processor counted nothing.
  func counterSection(_ counters: Counters) -> Markup? {
    var table = Table("For one inference", [.text("Counter"), .number("Number")])
    func add(_ title: Table.Cell, _ value: Double?) {
      guard let value else { return }
      table.add([title, Table.Cell(value < 1e15 ? Figures.count(Int(value.rounded())) : Figures.rounded(value))])
    }
    func add(_ title: Table.Cell, _ part: Double?, per whole: Double?) {
      guard let part, let whole, whole > 0 else { return }
      table.add([title, Table.Cell(Figures.rounded(part / whole))])
    }
    add("Cycles", counters.cycles)
    add("Instructions", counters.instructions)
    add("Cache misses", counters.cacheMisses)
    add("Instructions a cycle", counters.instructions, per: counters.cycles)
    add("Cache misses in 1,000 instructions", counters.cacheMisses.map { $0 * 1000 }, per: counters.instructions)
    let macs = operators.reduce(0) { $0 + $1.macs }
    if macs > 0 { add("Multiply-accumulates a cycle", Double(macs), per: counters.cycles) }
    return table.isEmpty ? nil : "<div class=\"pair\">\n\(table.markup)</div>\n"
  }
}
