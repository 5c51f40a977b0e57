extension QuantizationReport {
  /// Accuracy, file, work and memory of both networks; nil if none was measured.
  var comparison: Markup? {
    var table = Table(
      "The float32 network and the quantized one",
      [
        .text("Measured"), .number("Float32"), .number("Quantized"), .number("Change"),
      ])
    if let before = floatAccuracy, let after = accuracy {
      let change = drop.map { "\(Figures.signed(-$0, 2))\u{A0}points" } ?? ""
      table.add([
        "Accuracy (top-1)", Table.Cell(QuantizationReport.percent(before)),
        Table.Cell(QuantizationReport.percent(after)),
        Table.Cell(change),
      ])
    }
    if let before, let after {
      table.addComparison("File", before.fileBytes, after.fileBytes, Figures.bytes)
      table.addComparison("MACs for one inference", before.macs, after.macs, Figures.macs)
      table.addComparison("Peak memory with one thread", before.peakBytes, after.peakBytes, Figures.bytes)
    }
    guard !table.isEmpty else { return nil }
    return "\(intervals)\(table.markup)"
  }

  private var intervals: Markup {
    guard let before = floatAccuracy, let after = accuracy else { return "" }
    let chart = IntervalChart(accuracies: [("float32", before), ("quantized", after)])
    return """
      <figure class="wide">
      <figcaption>Accuracy on \(Figures.count(after.count)) labelled samples, with Wilson's 95 % intervals. Both networks answer the \
      same samples, so their difference is known better than either accuracy.</figcaption>
      \(chart.markup)</figure>

      """
  }

  /// What each repair gained.
  var repairTable: Markup {
    var table = Table(
      "Signal to noise of the network's answer before and after each repair",
      [
        .text("Repair"), .number("Before"), .number("After"), .number("Gain"), .text("Outcome"),
      ])
    for repair in repairs {
      let outcome: Markup =
        repair.isKept ? "<span class=\"good\">\u{2713} kept</span>" : "<span class=\"bad\">\u{2717} dropped</span>"
      table.add([
        Table.Cell(QuantizationReport.repairNames[repair.name] ?? repair.name),
        Table.Cell(Figures.decibels(repair.before)),
        Table.Cell(Figures.decibels(repair.after)),
        Table.Cell("\(Figures.signed(repair.after - repair.before, 2))\u{A0}dB"),
        Table.Cell(markup: outcome),
      ])
    }
    return """
      <p class="note">Each was tried and measured, one after the other; only what helped was kept. Ranges are chosen after equalization.</p>
      \(table.markup)
      """
  }

  private static let repairNames = [
    Quantizer.Repair.equalize.rawValue: "Cross-layer equalization",
    Quantizer.Repair.round.rawValue: "Optimal rounding of weights",
    Quantizer.Repair.bias.rawValue: "Bias correction",
  ]

  /// Layers that `rankingTable` names.
  private static let rankedCount = 12

  /// The layers that disturb the answer most, with bars.
  var rankingTable: Markup {
    let ranked = layers.enumerated().filter { $0.element.errorShare > 0 }
      .sorted { ($1.element.errorShare, $0.offset) < ($0.element.errorShare, $1.offset) }
    guard let largest = ranked.first?.element.errorShare else {
      return "<p>No layer's rounding changes the answer.</p>\n"
    }
    var table = Table(
      "Layers by their share of the answer's error, the largest first",
      [.text("Layer"), .number("Share of the error"), .bar("Against the largest")])
    for (index, layer) in ranked.prefix(QuantizationReport.rankedCount) {
      table.add([
        Table.Cell(markup: "<a href=\"#layer-\(index + 1)\">\(QuantizationReport.title(layer, index))</a>"),
        Table.Cell(Figures.share(layer.errorShare)), Table.Cell(bar: layer.errorShare / largest),
      ])
    }
    let rest = ranked.dropFirst(QuantizationReport.rankedCount)
    let share = Figures.share(rest.reduce(0) { $0 + $1.element.errorShare })
    let others: Markup =
      rest.isEmpty
      ? "" : "<p class=\"note\">\(rest.count) other layer\(rest.count == 1 ? "" : "s") add \(share) together.</p>\n"
    return """
      <p class="note">Each layer was rounded on its own, and the change of the network's answer measured. Layers at the top are the first \
      to leave in float32.</p>
      \(table.markup)\(others)
      """
  }

  /// Number and name; long names end after two lines.
  static func title(_ layer: Layer, _ index: Int) -> Markup {
    "<span class=\"name\" title=\"\(layer.name)\">\(index + 1).\u{A0}<bdi>\(layer.name)</bdi></span>"
  }
}
