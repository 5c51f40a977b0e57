/// How numbers go along with another: lines with dots, over one axis each.
struct LineChart {
  struct Series {
    let name: String
    /// `mark`, `warm` or `faint`.
    let style: String
    /// Nil: not known, a gap.
    let points: [(x: Double, y: Double?)]
  }

  let identifier: String
  let title: String
  let series: [Series]
  let horizontal: Axis
  let vertical: Axis
  /// Labels below only where points are.
  var labelsPoints = false
  /// What the hints add to a point's place.
  var horizontalName = ""

  static let (width, height) = (560.0, 250.0)
  /// Dots that can be told apart.
  private static let maximumDotCount = 40

  var markup: Markup {
    let (left, right, top, bottom) = (64.0, LineChart.width - 12, 30.0, LineChart.height - 32)
    var chart = Chart(
      identifier, title: title, description: description, width: Int(LineChart.width), height: Int(LineChart.height))
    func x(_ value: Double) -> Double { left + (right - left) * min(max(horizontal.position(value), 0), 1) }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * min(max(vertical.position(value), 0), 1) }
    for tick in vertical.values {
      chart.line(left, y(tick), right, y(tick), "axis")
      chart.text(vertical.number(tick), left - 8, y(tick) + 4, .end)
    }
    let labels = labelsPoints ? series.first?.points.map { $0.x } ?? [] : horizontal.values
    for value in labels {
      let isLast = value == labels.last
      chart.text(
        isLast ? horizontal.label(value) : horizontal.number(value), isLast ? right + 8 : x(value), bottom + 22,
        isLast ? .end : .middle)
    }
    chart.text(vertical.unit.name, left - 8, 14, .end)
    for line in series {
      var (path, isDrawing) = ("", false)
      for point in line.points {
        guard let value = point.y else {
          isDrawing = false
          continue
        }
        path += "\(isDrawing ? "L" : "M")\(Chart.number(x(point.x))) \(Chart.number(y(value)))"
        isDrawing = true
      }
      chart.path(path, "line \(line.style)")
      guard line.points.count <= LineChart.maximumDotCount else { continue }
      for point in line.points {
        guard let value = point.y else { continue }
        chart.circle(
          x(point.x), y(value), radius: 3.5, line.style,
          hint:
            "\(horizontal.label(point.x))\(horizontalName), \(line.name): \(Figures.rounded(value / vertical.unit.size))"
            + "\u{A0}\(vertical.unit.name)")
      }
    }
    return chart.markup
  }

  private var description: String {
    series.map { line in
      let known = line.points.compactMap { $0.y }
      guard let low = known.min(), let high = known.max() else { return "\(line.name): not known." }
      return "\(line.name): from \(Figures.rounded(low / vertical.unit.size)) to "
        + "\(Figures.rounded(high / vertical.unit.size)) \(vertical.unit.name)."
    }.joined(separator: " ")
  }
}
