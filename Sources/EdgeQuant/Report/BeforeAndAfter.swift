// What the pages of quantizing and of pruning both show.

extension IntervalChart {
  /// Accuracies with their 95 % intervals.
  init(accuracies: [(label: String, QuantizationReport.Accuracy)]) {
    let rows = accuracies.map { label, accuracy in
      Row(
        label: label, value: Double(accuracy.right) / Double(max(accuracy.count, 1)), lower: accuracy.lower,
        upper: accuracy.upper)
    }
    self.init(
      identifier: "accuracy", title: "Accuracy with 95 % intervals", rows: rows,
      format: { "\(Figures.typeset(100 * $0, 1))\u{A0}%" })
  }
}

extension Table {
  /// A row of a number before and after, and how much less it is. Short numbers tell the exact ones when pointed at.
  mutating func addComparison(_ title: Cell, _ before: Int, _ after: Int, _ format: (Int) -> String) {
    func exact(_ count: Int) -> Cell {
      Cell(markup: "<span title=\"\(Figures.count(count))\">\(format(count))</span>")
    }
    add([title, exact(before), exact(after), Cell(QuantizationReport.part(before, after))])
  }
}
