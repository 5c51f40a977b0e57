/// Estimates with their intervals, under each other on one axis.
struct IntervalChart {
  struct Row {
    let label: String
    let value: Double
    let lower: Double
    let upper: Double
  }

  let identifier: String
  let title: String
  let rows: [Row]
  /// How a number of the axis reads.
  let format: (Double) -> String

  var markup: Markup {
    let (width, rowHeight, left, right) = (400.0, 34.0, 70.0, 24.0)
    let bottom = rowHeight * Double(rows.count) + 6
    let description = rows.map { "\($0.label): \(format($0.value)), from \(format($0.lower)) to \(format($0.upper))." }
    var chart = Chart(
      identifier, title: title, description: description.joined(separator: " "), width: Int(width),
      height: Int(bottom) + 22)
    let axis = Ticks(rows.map { $0.lower }.min() ?? 0, rows.map { $0.upper }.max() ?? 1)
    func x(_ value: Double) -> Double { left + (width - left - right) * axis.position(value) }
    for tick in axis.values {
      chart.line(x(tick), 4, x(tick), bottom, "axis")
      chart.text(format(tick), x(tick), bottom + 16, .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = rowHeight * (Double(index) + 0.5) + 4
      chart.text(row.label, left - 12, y + 4, .end, style: "strong")
      chart.line(x(row.lower), y, x(row.upper), y, "whisker")
      for end in [row.lower, row.upper] { chart.line(x(end), y - 5, x(end), y + 5, "whisker") }
      chart.circle(x(row.value), y, radius: 5, "mark")
      chart.text(format(row.value), x(row.value), y - 9, .middle, style: "strong")
    }
    return chart.markup
  }
}

/// Round numbers for an axis over a range.
struct Ticks {
  let values: [Double]
  private let range: ClosedRange<Double>

  init(_ lower: Double, _ upper: Double) {
    guard lower.isFinite, upper.isFinite, upper > lower, upper - lower > 1e-9 * max(abs(lower), abs(upper)) else {
      (values, range) = ([lower], (lower - 1)...(lower + 1))
      return
    }
    var step = 1.0
    while step > (upper - lower) / 4 { step /= 10 }
    while step * 10 < (upper - lower) / 4 { step *= 10 }
    if let better = [5.0, 2.0].first(where: { $0 * step <= (upper - lower) / 2 }) { step *= better }
    let (first, last) = ((lower / step).rounded(.down), (upper / step).rounded(.up))
    values = (0...Int(last - first)).map { (first + Double($0)) * step }
    range = (first * step)...(last * step)
  }

  /// 0...1 over the axis.
  func position(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }
}
