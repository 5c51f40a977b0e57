import EdgeTensor
import Foundation

/// How often values fell into equal parts of `observed`, and the range that survives quantization. Heights grow with the logarithm of
/// counts, or else the few large values that ranges are about would not be seen.
struct HistogramChart {
  let identifier: String
  let title: String
  let counts: [Int]
  let observed: ValueRange
  /// What the int8 codes stand for; nil where values stay float32.
  let range: ValueRange?

  private static let (width, height, top, bottom) = (320.0, 118.0, 6.0, 98.0)

  var markup: Markup {
    var chart = Chart(
      identifier, title: title, description: description, width: Int(HistogramChart.width),
      height: Int(HistogramChart.height))
    let (low, high) = domain
    let (top, bottom) = (HistogramChart.top, HistogramChart.bottom)
    func x(_ value: Double) -> Double {
      4 + (HistogramChart.width - 8) * (high > low ? min(max((value - low) / (high - low), 0), 1) : 0.5)
    }
    if let range {
      let (from, to) = (x(Double(range.minimum)), x(Double(range.maximum)))
      chart.rectangle(from, top, to - from, bottom - top, "band")
      drawBars(&chart, x, inside: true)
      drawBars(&chart, x, inside: false)
      for limit in [from, to] { chart.line(limit, top, limit, bottom, "limit") }
    } else {
      drawBars(&chart, x, inside: true)
    }
    chart.line(4, bottom, HistogramChart.width - 4, bottom, "axis")
    if low < 0, high > 0 { chart.line(x(0), bottom, x(0), bottom + 4, "axis") }
    // Where 0 is near an end there is no room for its label.
    let middle = HistogramChart.width / 2
    if low < 0, high > 0, abs(x(0) - middle) < 80 { chart.text("0", x(0), bottom + 16, .middle) }
    chart.text(Figures.rounded(low), 4, bottom + 16)
    chart.text(Figures.rounded(high), HistogramChart.width - 4, bottom + 16, .end)
    return chart.markup
  }

  /// All that must be seen: values and range.
  private var domain: (Double, Double) {
    let whole = range.map(observed.union) ?? observed
    let (low, high) = (Double(whole.minimum), Double(whole.maximum))
    return low.isFinite && high.isFinite ? (low, high) : (0, 0)
  }

  private var description: String {
    let values = "Values from \(Figures.range(observed))"
    guard let range else { return "\(values); they stay float32." }
    return "\(values); int8 codes stand for \(Figures.range(range))."
  }

  /// One outline over all bars whose middle is within the range, or over those that are cut off.
  private func drawBars(_ chart: inout Chart, _ x: (Double) -> Double, inside: Bool) {
    let peak = Double(max(counts.max() ?? 0, 1))
    let width = (Double(observed.maximum) - Double(observed.minimum)) / Double(max(counts.count, 1))
    guard width > 0, width.isFinite else { return }
    let (top, bottom) = (HistogramChart.top, HistogramChart.bottom)
    var path = ""
    for (index, count) in counts.enumerated() where count > 0 && inside != isCut(index, width) {
      let start = Double(observed.minimum) + width * Double(index)
      let (from, to) = (x(start), x(start + width))
      let height = max(1.5, (bottom - top - 4) * log2(1 + Double(count)) / log2(1 + peak))
      // A little air between bars, if they are wide enough.
      let gap = to - from > 3 ? 0.6 : 0
      path += "M\(Chart.number(from)) \(Chart.number(bottom))V\(Chart.number(bottom - height))"
      path += "H\(Chart.number(max(to - gap, from + 0.6)))V\(Chart.number(bottom))Z"
    }
    if !path.isEmpty { chart.path(path, inside ? "mark" : "cut") }
  }

  private func isCut(_ bar: Int, _ width: Double) -> Bool {
    guard let range else { return false }
    let middle = Double(observed.minimum) + width * (Double(bar) + 0.5)
    return middle < Double(range.minimum) || middle > Double(range.maximum)
  }
}
