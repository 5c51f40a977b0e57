extension ProfileDocument {
  /// Latency by number of threads.
  var sweepSection: Markup {
    var table = Table(
      "By number of threads",
      [.text("Threads"), .number("Median"), .number("p99"), .number("Speedup"), .number("Peak memory")])
    func cell<T>(_ value: T?, _ text: (T) -> String) -> Table.Cell { Table.Cell(value.map(text) ?? "–") }
    for point in sweep {
      table.add([
        Table.Cell("\(point.threads)"), Table.Cell(Figures.time(point.median)), cell(point.p99, Figures.time),
        cell(point.speedup) { "\(Figures.decimal($0, 2))\u{A0}×" }, cell(point.peakBytes, Figures.bytes),
      ])
    }
    return "<div class=\"pair\">\n\(speedupFigure)\(table.markup)</div>\n"
  }

  private var speedupFigure: Markup {
    let points = sweep.compactMap { point in point.speedup.map { (x: Double(point.threads), y: Optional($0)) } }
      .sorted { $0.x < $1.x }
    guard points.count > 1, let first = points.first, let last = points.last, last.x > first.x, first.x > 0 else {
      return ""
    }
    let start = first.y ?? 1
    let ideal = [(x: first.x, y: Optional(start)), (x: last.x, y: Optional(start * last.x / first.x))]
    let highest = (points + ideal).compactMap { $0.y }.max() ?? 1
    let chart = LineChart(
      identifier: "speedup", title: "Speedup by threads",
      series: [
        .init(name: "speedup", style: "mark", points: points), .init(name: "ideal", style: "faint", points: ideal),
      ],
      horizontal: Axis(0, last.x, Axis.plain(""), isWhole: true), vertical: Axis(0, highest, Axis.plain("×")),
      labelsPoints: true,
      horizontalName: " threads"
    )
    return """
      <figure class="roomy">
      <figcaption><span class="key mark"></span>speedup by threads, <span class="key faint"></span>if every thread brought as much.</figcaption>
      \(chart.markup)</figure>

      """
  }

  /// Latency, clock and temperature over time.
  var soakSection: Markup {
    func points(_ value: (SoakInterval) -> Double?) -> [(x: Double, y: Double?)] {
      soak.map { (x: $0.seconds, y: value($0)) }
    }
    // Apart, since a slow run in a hundred would press the median flat.
    let latency = figure(
      "soak-median", "Median latency", [.init(name: "median", style: "mark", points: points { $0.median })],
      Axis.latency, fromZero: true)
    let slow = figure(
      "soak-p99", "p99 latency", [.init(name: "p99", style: "mark", points: points { $0.p99 })], Axis.latency,
      fromZero: true)
    let clock = figure(
      "soak-clock", "Clock", [.init(name: "clock", style: "mark", points: points { $0.megahertz })],
      Axis.plain("MHz"), fromZero: true)
    let temperature = figure(
      "soak-temperature", "Temperature",
      [.init(name: "temperature", style: "warm", points: points { $0.celsius })], Axis.plain("°C"), fromZero: false)
    return "\(soakSummary)<div class=\"pair\">\n\(latency)\(slow)\(clock)\(temperature)</div>\n"
  }

  private var soakSummary: Markup {
    let runs = soak.reduce(0) { $0 + $1.runs }
    let seconds = soak.map { $0.seconds }.max() ?? 0
    let axis = Axis(0, seconds, Axis.duration)
    var text = "\(Figures.count(runs)) runs in \(Figures.rounded(seconds / axis.unit.size)) \(axis.unit.name)"
    let medians = soak.compactMap { $0.median }
    if let first = medians.first, let last = medians.last, first > 0 {
      text += "; the median went from \(Figures.time(first)) to \(Figures.time(last))"
    }
    if let slowest = soak.compactMap({ $0.maximum }).max() { text += "; the slowest run took \(Figures.time(slowest))" }
    if let hottest = soak.compactMap({ $0.celsius }).max() { text += "; at most \(Figures.typeset(hottest, 1)) °C" }
    return "<p>\(text).</p>\n"
  }

  private func figure(
    _ identifier: String, _ title: String, _ series: [LineChart.Series], _ units: [Axis.Unit],
    fromZero: Bool
  ) -> Markup {
    let known = series.flatMap { $0.points.compactMap { $0.y } }
    guard let low = known.min(), let high = known.max() else { return "" }
    // A flat line gets a range, too.
    let (lower, upper) = fromZero ? (0, max(high, 1e-9)) : (low - 2, high + 2)
    let chart = LineChart(
      identifier: identifier, title: "\(title) over time", series: series,
      horizontal: Axis(0, soak.map { $0.seconds }.max() ?? 0, Axis.duration), vertical: Axis(lower, upper, units))
    return """
      <figure class="roomy">
      <figcaption><strong>\(title) over time.</strong></figcaption>
      \(chart.markup)</figure>

      """
  }
}
