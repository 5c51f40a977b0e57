import Foundation

/// Operators under the machine's two roofs, both axes logarithmic: what memory can feed at few products a byte, and what the
/// arithmetic units can do at many.
struct RooflineChart {
  struct Dot {
    let name: String
    let label: String
    /// Multiply-accumulates a byte.
    let intensity: Double
    /// 10⁹ multiply-accumulates a second.
    let rate: Double
    let share: Double
    let style: String
  }

  let peak: Double
  let bandwidth: Double
  /// All numbers above 0.
  let dots: [Dot]

  private static let (width, height) = (560.0, 380.0)
  private static let (left, right, top, bottom) = (60.0, 544.0, 22.0, 328.0)

  private struct Decades {
    let lower: Double
    let upper: Double

    /// Whole decades around numbers above 0, two at least.
    init(_ values: [Double]) {
      let logarithms = values.map { log10($0) }
      lower = (logarithms.min() ?? 0).rounded(.down)
      upper = max((logarithms.max() ?? 1).rounded(.up), lower + 2)
    }

    func position(_ value: Double) -> Double { (log10(value) - lower) / (upper - lower) }

    /// At most seven.
    var ticks: [Double] {
      stride(from: lower, through: upper, by: max(1, ((upper - lower) / 6).rounded(.up))).map { pow(10, $0) }
    }
  }

  /// Multiply-accumulates a byte where both roofs meet.
  private var ridge: Double { peak / bandwidth }
  var ridgeText: String { Figures.rounded(ridge) }

  /// Nil without roofs or dots.
  var markup: Markup? {
    guard peak > 0, bandwidth > 0, !dots.isEmpty else { return nil }
    var chart = Chart(
      "roofline", title: "Roofline", description: description, width: Int(RooflineChart.width),
      height: Int(RooflineChart.height))
    let horizontal = Decades(dots.map { $0.intensity } + [ridge / 2, ridge * 2])
    let vertical = Decades(dots.map { $0.rate } + [peak * 1.2])
    let (left, right) = (RooflineChart.left, RooflineChart.right)
    let (top, bottom) = (RooflineChart.top, RooflineChart.bottom)
    func x(_ value: Double) -> Double { left + (right - left) * min(max(horizontal.position(value), 0), 1) }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * min(max(vertical.position(value), 0), 1) }
    for tick in vertical.ticks {
      chart.line(left, y(tick), right, y(tick), "axis")
      chart.text(RooflineChart.tick(tick), left - 8, y(tick) + 4, .end)
    }
    for tick in horizontal.ticks {
      chart.line(x(tick), top, x(tick), bottom, "axis")
      chart.text(RooflineChart.tick(tick), x(tick), bottom + 20, .middle)
    }
    chart.text("GMAC/s", 4, 12)
    chart.text("multiply-accumulates a byte", right, bottom + 42, .end)
    // The sloping roof starts where it enters the drawing.
    let start = max(pow(10, horizontal.lower), pow(10, vertical.lower) / bandwidth)
    chart.path(
      "M\(Chart.number(x(start))) \(Chart.number(y(start * bandwidth)))L\(Chart.number(x(ridge))) "
        + "\(Chart.number(y(peak)))H\(Chart.number(right))", "roof")
    let hasRoom = x(ridge) < right - 110
    chart.text(
      "\(Figures.rounded(peak))\u{A0}GMAC/s", hasRoom ? x(ridge) + 4 : right - 4, y(peak) - 8,
      hasRoom ? .start : .end, style: "strong label")
    let middle = (x(start) + x(ridge)) / 2
    let slope = y(bandwidth * pow(10, (log10(start) + log10(ridge)) / 2))
    chart.text("\(Figures.rounded(bandwidth))\u{A0}GB/s", middle - 8, slope - 6, .end, style: "strong label")
    draw(&chart, x, y)
    return chart.markup
  }

  /// Large dots first, so that none hides another; the longest operators' numbers where they have room.
  private func draw(_ chart: inout Chart, _ x: (Double) -> Double, _ y: (Double) -> Double) {
    let ordered = dots.sorted { $0.share > $1.share }
    for dot in ordered {
      chart.circle(
        x(dot.intensity), y(dot.rate), radius: 3.5 + 13 * dot.share.squareRoot(), "dot \(dot.style)", hint: dot.name)
    }
    var labels: [(x: Double, y: Double)] = []
    for dot in ordered.prefix(8) {
      let place = (x: x(dot.intensity) + 6 + 13 * dot.share.squareRoot(), y: y(dot.rate) + 4)
      guard place.x < RooflineChart.right - 20,
        !labels.contains(where: { abs($0.x - place.x) < 34 && abs($0.y - place.y) < 16 })
      else { continue }
      labels.append(place)
      chart.text(dot.label, place.x, place.y, style: "strong label")
    }
  }

  /// `0.01`, `1`, `1,000`.
  private static func tick(_ value: Double) -> String {
    value >= 0.9995 && value < 1e7
      ? Figures.count(Int(value.rounded()))
      : value < 1 && value > 9e-4
        ? Figures.decimal(value, value > 0.05 ? 1 : value > 0.005 ? 2 : 3) : "10^\(Int(log10(value).rounded()))"
  }

  private var description: String {
    "Roofs: \(Figures.rounded(bandwidth)) GB/s and \(Figures.rounded(peak)) GMAC/s, which meet at "
      + "\(Figures.rounded(ridge)) multiply-accumulates a byte. \(dots.count) operators; the table has their numbers."
  }
}
