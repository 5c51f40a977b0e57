import Foundation

/// How many runs took how long, with percentiles marked. Heights grow with the logarithm of counts, or else the few slow runs that percentiles
/// are about would not be seen. What is slower than the last bin stands apart, at the right.
struct LatencyChart {
  let histogram: ProfileDocument.Histogram
  /// The slowest run, in milliseconds.
  let maximum: Double?
  /// In milliseconds, ascending.
  let percentiles: [(name: String, value: Double)]

  private static let (width, height, left, right, top, bottom) = (560.0, 490.0, 16.0, 544.0, 72.0, 452.0)

  /// Whether the last bin holds runs beyond its end.
  private var isOpen: Bool {
    maximum.map { $0 > histogram.low + histogram.width * Double(histogram.counts.count) * (1 + 1e-9) } ?? true
  }
  /// Bins up to the last one that holds anything, without an open one.
  private var regular: ArraySlice<Int> {
    let counts = isOpen ? histogram.counts.dropLast() : histogram.counts[...]
    return counts.prefix((counts.lastIndex { $0 > 0 } ?? 0) + 1)
  }
  private var slower: Int { isOpen ? histogram.counts.last ?? 0 : 0 }

  /// Nil where there is nothing to draw.
  var markup: Markup? {
    guard histogram.width > 0, histogram.counts.count > 1, histogram.counts.contains(where: { $0 > 0 }) else {
      return nil
    }
    var chart = Chart(
      "latency", title: "Latency of every run", description: description, width: Int(LatencyChart.width),
      height: Int(LatencyChart.height))
    let (left, top, bottom) = (LatencyChart.left, LatencyChart.top, LatencyChart.bottom)
    let end = LatencyChart.right - (slower > 0 ? 34 : 0)
    let limit = histogram.low + histogram.width * Double(regular.count)
    func x(_ value: Double) -> Double {
      value > limit && slower > 0
        ? LatencyChart.right - 12
        : left + (end - left) * min(max((value - histogram.low) / (limit - histogram.low), 0), 1)
    }
    let peak = Double(max(histogram.counts.max() ?? 0, 1))
    func bar(_ count: Int, _ from: Double, _ to: Double, _ style: String, _ hint: String) {
      let height = max(1.5, (bottom - top) * log2(1 + Double(count)) / log2(1 + peak))
      chart.rectangle(from, bottom - height, max(to - from, 0.6), height, style, hint: hint)
    }
    for (index, count) in regular.enumerated() where count > 0 {
      let from = histogram.low + histogram.width * Double(index)
      let (start, stop) = (x(from), x(from + histogram.width))
      bar(
        count, start, stop - (stop - start > 3 ? 0.6 : 0), "mark",
        "\(LatencyChart.runs(count)): \(Figures.time(from)) to \(Figures.time(from + histogram.width))")
    }
    if slower > 0 {
      bar(
        slower, LatencyChart.right - 24, LatencyChart.right, "cut",
        "\(LatencyChart.runs(slower)): slower than \(Figures.time(limit))")
    }
    chart.line(left, bottom, end, bottom, "axis")
    drawAxis(&chart, limit, x)
    drawPercentiles(&chart, x)
    return chart.markup
  }

  /// Labels lean to where there is room, and stand so that none crosses another's line.
  private func drawPercentiles(_ chart: inout Chart, _ x: (Double) -> Double) {
    for (index, percentile) in percentiles.enumerated() {
      let position = x(percentile.value)
      let isRight = position < LatencyChart.width * 0.6
      let y = 18 + 19 * Double(isRight ? index : percentiles.count - 1 - index)
      chart.line(position, y - 10, position, LatencyChart.bottom, "limit")
      chart.text(
        "\(percentile.name) \(Figures.time(percentile.value))", position + (isRight ? 5 : -5), y,
        isRight ? .start : .end, style: "strong label")
    }
  }

  private func drawAxis(_ chart: inout Chart, _ limit: Double, _ x: (Double) -> Double) {
    let axis = Axis(histogram.low, limit, Axis.latency)
    for value in axis.values where value >= histogram.low && value <= limit {
      let position = x(value)
      chart.line(position, LatencyChart.bottom, position, LatencyChart.bottom + 5, "axis")
      let anchor: Chart.Anchor = position < 50 ? .start : position > LatencyChart.width - 90 ? .end : .middle
      chart.text(axis.label(value), position, LatencyChart.bottom + 24, anchor)
    }
    if slower > 0 { chart.text("slower", LatencyChart.right, LatencyChart.bottom + 24, .end) }
  }

  private static func runs(_ count: Int) -> String { "\(Figures.count(count)) run\(count == 1 ? "" : "s")" }

  private var description: String {
    percentiles.map { "\($0.name) \(Figures.time($0.value))" }.joined(separator: ", ") + "."
  }
}
