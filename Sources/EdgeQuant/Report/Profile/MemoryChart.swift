/// The arena over one inference: a rectangle for each buffer, from the operator that fills it to the last that reads it, at its offset.
struct MemoryChart {
  let blocks: [ProfileDocument.Memory.Block]
  let operatorCount: Int
  let peakBytes: Int
  /// -1: the inputs; as many as there are operators: the outputs.
  let peakOperator: Int?
  /// Tensors that set the peak.
  let peakTensors: Set<Int>

  private static let (width, height, left, right, top, bottom) = (1120.0, 380.0, 76.0, 1108.0, 34.0, 340.0)

  /// Operators, the inputs before them, and the outputs after them where anything is only alive then.
  private var columns: Double {
    let hasOutputs = peakOperator == operatorCount || blocks.contains { $0.first >= operatorCount }
    return Double(operatorCount) + (hasOutputs ? 2 : 1)
  }

  /// Nil where there is nothing to draw.
  var markup: Markup? {
    let highest = max(peakBytes, blocks.map { $0.offset + $0.bytes }.max() ?? 0)
    guard !blocks.isEmpty, highest > 0 else { return nil }
    var chart = Chart(
      "arena", title: "The arena over one inference", description: description, width: Int(MemoryChart.width),
      height: Int(MemoryChart.height))
    let (left, right, top, bottom) = (MemoryChart.left, MemoryChart.right, MemoryChart.top, MemoryChart.bottom)
    let axis = Axis(0, Double(highest), Axis.bytes)
    /// The left end of an operator's column.
    func x(_ index: Int) -> Double { left + (right - left) * min(Double(index + 1) / columns, 1) }
    func y(_ bytes: Int) -> Double { bottom - (bottom - top) * axis.position(Double(bytes)) }
    for value in axis.values {
      let position = bottom - (bottom - top) * axis.position(value)
      chart.line(left, position, right, position, "axis")
      chart.text(axis.label(value), left - 8, position + 4, .end)
    }
    if let peakOperator {
      chart.rectangle(x(peakOperator), top, max(x(peakOperator + 1) - x(peakOperator), 1), bottom - top, "band")
    }
    for block in blocks {
      let (from, to) = (x(block.first), x(block.last + 1))
      let (upper, lower) = (y(block.offset + block.bytes), y(block.offset))
      chart.rectangle(
        from, upper, max(to - from, 0.6), max(lower - upper, 0.6), "block \(style(block))", hint: hint(block))
      if to - from > 64, lower - upper > 20 {
        chart.text(Figures.bytes(block.bytes), (from + to) / 2, (upper + lower) / 2 + 4, .middle, style: "strong")
      }
    }
    drawOperators(&chart, x)
    if peakBytes > 0 {
      chart.line(left, y(peakBytes), right, y(peakBytes), "limit")
      let position = peakOperator.map { (x($0) + x($0 + 1)) / 2 } ?? left
      let anchor: Chart.Anchor = position < left + 160 ? .start : position > right - 160 ? .end : .middle
      chart.text(
        "peak: \(Figures.bytes(peakBytes))\(peakOperator.map { ", \(place($0))" } ?? "")",
        position, y(peakBytes) - 8, anchor, style: "strong label")
    }
    return chart.markup
  }

  private func drawOperators(_ chart: inout Chart, _ x: (Int) -> Double) {
    let bottom = MemoryChart.bottom
    var last = -1e9
    // Numbers stand below their columns where there is room for them.
    let step = max(1, Int(columns) / 16)
    for index in stride(from: 0, to: operatorCount, by: step) where x(index) - last > 40 {
      let middle = (x(index) + x(index + 1)) / 2
      chart.line(middle, bottom, middle, bottom + 5, "axis")
      chart.text("\(index)", middle, bottom + 22, .middle)
      last = x(index)
    }
    chart.line(MemoryChart.left, bottom, MemoryChart.right, bottom, "axis")
    chart.text("operator", MemoryChart.left - 8, bottom + 22, .end)
  }

  private func style(_ block: ProfileDocument.Memory.Block) -> String {
    guard let tensor = block.tensor else { return "scratch" }
    return peakTensors.contains(tensor) && isAtPeak(block) ? "mark" : "pale"
  }

  private func isAtPeak(_ block: ProfileDocument.Memory.Block) -> Bool {
    peakOperator.map { block.first <= $0 && $0 <= block.last } ?? true
  }

  private func hint(_ block: ProfileDocument.Memory.Block) -> String {
    let name = block.tensor.map { "tensor \($0)\(block.name.map { " \($0)" } ?? "")" } ?? "scratch"
    let lifetime =
      block.first == block.last ? place(block.first) : "\(place(block.first)) to \(place(block.last))"
    return "\(name): \(Figures.count(block.bytes)) bytes at \(Figures.count(block.offset)), \(lifetime)"
  }

  private func place(_ index: Int) -> String {
    index < 0 ? "the inputs" : index < operatorCount ? "operator \(index)" : "the outputs"
  }

  private var description: String {
    "\(blocks.count) buffers over \(operatorCount) operators; peak \(Figures.count(peakBytes)) bytes"
      + (peakOperator.map { ", \(place($0))." } ?? ".")
  }
}
