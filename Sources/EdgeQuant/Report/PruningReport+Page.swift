extension PruningReport {
  /// The report as a page: one HTML file, in UTF-8, that needs nothing else.
  public var html: [UInt8] {
    var page = Page(title: model.isEmpty ? "Pruned network" : model, lead: "<p>\(introduction)</p>\n\(tiles.markup)")
    page.add("Before and after", comparison)
    page.add("Every layer", layerTable)
    return page.html
  }

  private var introduction: String {
    var text = isQuantized ? "Pruned, and quantized to int8" : "Pruned"
    if !tool.isEmpty { text += ", by \(tool)" }
    if sampleCount > 0 {
      text += ", on \(Figures.count(sampleCount)) sample\(sampleCount == 1 ? "" : "s") of \(calibration)"
    }
    return text + "."
  }

  /// What a reader wants to know first.
  private var tiles: [Tile] {
    var tiles: [Tile] = []
    if let accuracy {
      let before = floatAccuracy.map { "; float32 source \(QuantizationReport.percent($0))" } ?? ""
      tiles.append(
        Tile(
          label: "Accuracy, pruned", value: QuantizationReport.percent(accuracy),
          detail: "\(Figures.count(accuracy.right)) of \(Figures.count(accuracy.count))\(before)"))
    }
    if let drop, let dropLower, let dropUpper {
      let (lower, upper) = drop < 0 ? (-dropUpper, -dropLower) : (dropLower, dropUpper)
      tiles.append(
        Tile(
          label: drop < 0 ? "Accuracy gained" : "Accuracy lost", value: "\(Figures.typeset(abs(drop), 2))\u{A0}points",
          detail:
            "95\u{A0}% interval \(Figures.typeset(lower, 2)) to \(Figures.typeset(upper, 2)), by pairs of answers"))
    }
    if let sqnr {
      tiles.append(
        Tile(label: "Signal to noise", value: Figures.decibels(sqnr), detail: "of the pruned float32 network's answer"))
    }
    guard let before, let after else { return tiles }
    func add(_ label: String, _ value: String, _ before: Double, _ after: Double) {
      let part = before > 0 ? after / before - 1 : 0
      tiles.append(
        Tile(
          label: label, value: value,
          detail: part == 0 ? "unchanged" : "\(Figures.share(abs(part))) \(part < 0 ? "less" : "more") than unpruned"))
    }
    add("File", Figures.bytes(after.fileBytes), Double(before.fileBytes), Double(after.fileBytes))
    add("MACs for one inference", Figures.macs(after.macs), Double(before.macs), Double(after.macs))
    add("Time of one inference", PruningReport.time(after.milliseconds), before.milliseconds, after.milliseconds)
    return tiles
  }

  private static func time(_ milliseconds: Double) -> String { "\(Figures.rounded(milliseconds))\u{A0}ms" }

  private var comparison: Markup {
    var table = Table(
      "The unpruned network and the pruned one, both \(isQuantized ? "int8" : "float32")",
      [.text("Measured"), .number("Unpruned"), .number("Pruned"), .number("Change")])
    if let before, let after {
      table.addComparison("File", before.fileBytes, after.fileBytes, Figures.bytes)
      table.addComparison("MACs for one inference", before.macs, after.macs, Figures.macs)
      table.addComparison("Peak memory with one thread", before.peakBytes, after.peakBytes, Figures.bytes)
      let part = before.milliseconds > 0 ? after.milliseconds / before.milliseconds - 1 : 0
      table.add([
        "Time of one inference with one thread", Table.Cell(PruningReport.time(before.milliseconds)),
        Table.Cell(PruningReport.time(after.milliseconds)),
        Table.Cell("\(Figures.share(abs(part))) \(part < 0 ? "less" : "more")"),
      ])
    }
    return "\(intervals)\(table.markup)"
  }

  private var intervals: Markup {
    guard let before = floatAccuracy, let after = accuracy else { return "" }
    let chart = IntervalChart(accuracies: [("float32", before), ("pruned", after)])
    return """
      <figure class="wide">
      <figcaption>Accuracy on \(Figures.count(after.count)) labelled samples, with Wilson's 95 % intervals: the float32 source, and the \
      pruned network as it is written.</figcaption>
      \(chart.markup)</figure>

      """
  }

  private var layerTable: Markup {
    var table = Table(
      "What is left of each layer",
      [
        .text("Layer"), .text("Operator"), .number("Inputs"), .number("Channels"), .number("Blocks of zeros"),
        .number("MACs"), .bar("MACs left"),
      ], isSortable: true)
    for (index, layer) in layers.enumerated() {
      func kept(_ before: Int, _ after: Int) -> Table.Cell {
        Table.Cell(before == after ? "\(after)" : "\(after) of \(before)", Double(after))
      }
      let part = Double(layer.zeroBlocks) / Double(max(layer.blocks, 1))
      let left = Double(layer.macsAfter) / Double(max(layer.macsBefore, 1)) * (1 - part)
      table.add([
        Table.Cell(
          markup: "<span class=\"name\" title=\"\(layer.name)\">\(index + 1).\u{A0}<bdi>\(layer.name)</bdi></span>",
          Double(index)),
        Table.Cell(layer.operatorName), kept(layer.inputsBefore, layer.inputsAfter),
        kept(layer.channelsBefore, layer.channelsAfter),
        Table.Cell(
          layer.blocks == 0 ? "" : "\(layer.zeroBlocks) of \(layer.blocks)", layer.blocks == 0 ? nil : part),
        Table.Cell(Figures.macs(layer.macsAfter), Double(layer.macsAfter)), Table.Cell(bar: left),
      ])
    }
    return table.markup
  }
}
