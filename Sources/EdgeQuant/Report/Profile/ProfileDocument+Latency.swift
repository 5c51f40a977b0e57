extension ProfileDocument {
  var latencySection: Markup {
    let percentiles = [("p50", median), ("p90", p90), ("p99", p99)].compactMap { name, value in
      value.map { (name: name, value: $0) }
    }
    let chart = histogram.flatMap { LatencyChart(histogram: $0, maximum: maximum, percentiles: percentiles).markup }
    let figure = chart.map { chart -> Markup in
      """
      <figure class="roomy">
      <figcaption>How many runs took how long; dashed: percentiles. Heights are logarithms of counts, so that single slow \
      runs are seen.</figcaption>
      \(chart)</figure>

      """
    }
    return "<div class=\"pair\">\n\(figure ?? "")\(latencyTable)</div>\n\(stageTable)"
  }

  /// What a picture costs before each inference; empty where none was measured.
  private var stageTable: Markup {
    let stages = [
      ("Decoding, cropping and resizing", decoding), ("Writing the model's input", preprocessing),
    ].compactMap { title, stage in stage.map { (title: title, stage: $0) } }
    guard !stages.isEmpty else { return "" }
    var table = Table(
      "Before each inference, and no part of its time",
      [.text("Stage"), .number("Mean"), .number("Median"), .number("p99")])
    for (title, stage) in stages {
      table.add([
        Table.Cell(title), Table.Cell(stage.mean.map(Figures.time) ?? "–"), Table.Cell(Figures.time(stage.median)),
        Table.Cell(stage.p99.map(Figures.time) ?? "–"),
      ])
    }
    let sum = stages.reduce(median) { $0 + $1.stage.median }
    table.add(["With the inference", "", Table.Cell(Figures.time(sum)), ""])
    return "<div class=\"pair\">\n\(table.markup)</div>\n"
  }

  private var latencyTable: Markup {
    var table = Table("Time of one inference", [.text("Measured"), .number("Time"), .number("Against the median")])
    func add(_ title: Table.Cell, _ value: Double?) {
      guard let value else { return }
      let ratio =
        median > 0
        ? "\(value < 10 * median ? Figures.decimal(value / median, 3) : Figures.rounded(value / median))\u{A0}×" : "–"
      table.add([title, Table.Cell(Figures.time(value)), Table.Cell(ratio)])
    }
    add("Fastest", minimum)
    add("Median (p50)", median)
    add("Mean", mean)
    add("p90", p90)
    add("p95", p95)
    add("p99", p99)
    add("Slowest", maximum)
    add("Standard deviation", deviation)
    if halves.count == 2 {
      add("Median of the first half", halves[0])
      add("Median of the second half", halves[1])
    }
    add("Mean of the warm-up", warmUpMean)
    add("First inference", firstInference)
    add("Load and plan", initialization)
    return table.markup
  }
}
