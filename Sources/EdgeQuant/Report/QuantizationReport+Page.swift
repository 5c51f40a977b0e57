extension QuantizationReport {
  /// The report as a page: one HTML file, in UTF-8, that needs nothing else.
  public var html: [UInt8] {
    var page = Page(
      title: model.isEmpty ? "Quantized network" : model,
      lead: "<p>\(introduction)</p>\n\(warningMarkup)\(tiles.markup)")
    if let comparison { page.add("Before and after", comparison) }
    if !repairs.isEmpty { page.add("Repairs", repairTable) }
    if layers.isEmpty {
      page.add(
        "Layers", "<p>No layer was measured: a recipe that is replayed needs samples for that (-c or --data).</p>\n"
      )
    } else {
      page.add("Where the error comes from", rankingTable)
      page.add("Every layer", layerTable)
      page.add("Values of every layer", histograms)
    }
    return page.html
  }

  private var warningMarkup: Markup {
    warnings.map { "<p><strong class=\"bad\">Warning:</strong> \($0).</p>\n" as Markup }.joined()
  }

  private var introduction: String {
    var text = "Quantized to int8"
    if !tool.isEmpty { text += " by \(tool)" }
    if sampleCount > 0 {
      text += ", calibrated on \(Figures.count(sampleCount)) sample\(sampleCount == 1 ? "" : "s") of \(calibration)"
    }
    let floatCount = layers.count { $0.isFloat }
    if floatCount > 0 {
      let layerCount = layers.count { $0.operatorName != "input" }
      text += "; \(floatCount) of \(layerCount) layers stay\(floatCount == 1 ? "s" : "") float32"
    }
    return text + "."
  }

  /// What a reader wants to know first.
  private var tiles: [Tile] {
    var tiles: [Tile] = []
    if let accuracy {
      let before = floatAccuracy.map { "; float32 \(QuantizationReport.percent($0))" } ?? ""
      tiles.append(
        Tile(
          label: "Accuracy, quantized", value: QuantizationReport.percent(accuracy),
          detail: "\(Figures.count(accuracy.right)) of \(Figures.count(accuracy.count))\(before)"))
    }
    if let drop {
      tiles.append(
        Tile(
          label: drop < 0 ? "Accuracy gained" : "Accuracy lost", value: "\(Figures.typeset(abs(drop), 2))\u{A0}points",
          detail: dropInterval))
    }
    if let agreement {
      tiles.append(
        Tile(label: "Same top class", value: Figures.share(agreement), detail: "as the float32 network"))
    }
    if sqnr != nil || !layers.isEmpty {
      tiles.append(
        Tile(label: "Signal to noise", value: Figures.decibels(sqnr), detail: "of the network's answer"))
    }
    if let before, let after {
      tiles.append(
        Tile(
          label: "File", value: Figures.bytes(after.fileBytes),
          detail: QuantizationReport.change(before.fileBytes, after.fileBytes, Figures.bytes)))
      tiles.append(
        Tile(
          label: "Peak memory", value: Figures.bytes(after.peakBytes),
          detail: QuantizationReport.change(before.peakBytes, after.peakBytes, Figures.bytes)))
    }
    return tiles
  }

  /// In points lost, by pairs of answers to the same sample.
  private var dropInterval: String {
    guard let drop, var lower = dropLower, var upper = dropUpper else { return "" }
    if drop < 0 { (lower, upper) = (-upper, -lower) }
    return "95\u{A0}% interval \(Figures.typeset(lower, 2)) to \(Figures.typeset(upper, 2)), by pairs of answers"
  }

  static func percent(_ accuracy: Accuracy) -> String {
    "\(Figures.decimal(100 * Double(accuracy.right) / Double(max(accuracy.count, 1)), 2))\u{A0}%"
  }

  /// `1.21 MB before, 71.3 % less`.
  private static func change(_ before: Int, _ after: Int, _ format: (Int) -> String) -> String {
    let part = part(before, after)
    return "\(format(before)) before" + (part.isEmpty ? "" : ", \(part)")
  }

  /// `71.3 % less`; empty where there is nothing to compare with.
  static func part(_ before: Int, _ after: Int) -> String {
    guard before > 0 else { return "" }
    let part = Double(after) / Double(before) - 1
    return part == 0 ? "unchanged" : "\(Figures.share(abs(part))) \(part < 0 ? "less" : "more")"
  }
}
