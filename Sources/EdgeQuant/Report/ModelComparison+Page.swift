extension ModelComparison {
  /// The comparison as a page: one HTML file, in UTF-8, that needs nothing else.
  /// - Parameter threshold: layers with fewer decibels depart.
  public func html(threshold: Double) -> [UInt8] {
    var page = Page(
      title: "\(first.name) and \(second.name)",
      lead: """
        <p>A is \(first.name), which counts as right; B is \(second.name). \(Figures.count(sampleCount)) samples of \(path); layers on \
        \(Figures.count(layers.sampleCount)) of them.</p>
        \(tiles(threshold).markup)
        """)
    page.add("Side by side", sides)
    page.add("Layers", layers.layers.isEmpty ? "<p>No layer of A has a partner in B.</p>\n" : layerTable(threshold))
    return page.html
  }

  private func tiles(_ threshold: Double) -> [Tile] {
    var tiles: [Tile] = []
    if let agreement {
      tiles.append(
        Tile(
          label: "Same top class", value: Figures.share(agreement.value),
          detail: "\(Figures.count(agreement.count)) of \(Figures.count(agreement.total)) samples"))
    }
    if let paired {
      var (low, high) = (100 * paired.dropInterval.lowerBound, 100 * paired.dropInterval.upperBound)
      if paired.drop < 0 { (low, high) = (-high, -low) }
      tiles.append(
        Tile(
          label: paired.drop < 0 ? "Accuracy gained by B" : "Accuracy lost by B",
          value: "\(Figures.typeset(abs(100 * paired.drop), 2))\u{A0}points",
          detail: "95\u{A0}% interval \(Figures.typeset(low, 2)) to \(Figures.typeset(high, 2)); "
            + "McNemar p = \(Figures.decimal(paired.pValue, 3))"))
    }
    if let layer = layers.firstDeparting(below: threshold) {
      tiles.append(
        Tile(
          label: "First layer that departs", value: Figures.decibels(layer.decibels),
          detail:
            "\(Figures.printable(layer.name)), \(layer.operatorName); below \(Figures.typeset(threshold, 1))\u{A0}dB"))
    } else if !layers.layers.isEmpty {
      tiles.append(
        Tile(
          label: "Layers that depart", value: "none",
          detail: layers.firstDifferent == nil ? "all are the same" : "below \(Figures.typeset(threshold, 1))\u{A0}dB"))
    }
    return tiles
  }

  private var sides: Markup {
    var table = Table("What the models cost and answer", [.text(""), .number("A"), .number("B"), .number("B / A")])
    func add(_ title: String, _ a: Int, _ b: Int, _ format: (Int) -> String) {
      table.add([
        Table.Cell(title), Table.Cell(format(a)), Table.Cell(format(b)),
        Table.Cell(a > 0 ? Figures.decimal(Double(b) / Double(a), 3) : "–"),
      ])
    }
    add("File", first.cost.fileByteCount, second.cost.fileByteCount, Figures.bytes)
    add(
      "Multiply-accumulates", first.cost.multiplyAccumulateCount, second.cost.multiplyAccumulateCount, Figures.macs)
    add("Peak memory", first.cost.peakByteCount, second.cost.peakByteCount, Figures.bytes)
    if let a = first.evaluation, let b = second.evaluation, a.labelledCount > 0 {
      table.add([
        "Top-1 accuracy", Table.Cell(Figures.share(a.top1.value)), Table.Cell(Figures.share(b.top1.value)), "",
      ])
      add("Right answers", a.top1.count, b.top1.count, Figures.count)
    }
    if let paired {
      table.add([
        "Right where the other is not", Table.Cell(Figures.count(paired.onlyFirstRight)),
        Table.Cell(Figures.count(paired.onlySecondRight)), "",
      ])
    }
    return table.markup
  }

  private func layerTable(_ threshold: Double) -> Markup {
    let largest = layers.layers.map { $0.decibels }.filter { $0.isFinite }.max() ?? 1
    var table = Table(
      "Layers in order of execution",
      [
        .text("Layer"), .text("Operator"), .text("Shape"), .text("A"), .text("B"), .number("SQNR"),
        .bar("SQNR, drawn"), .text("Matched by"),
      ], isSortable: true)
    for (index, layer) in layers.layers.enumerated() {
      let name: Markup = "<bdi>\(Figures.printable(layer.name))</bdi>"
      table.add([
        Table.Cell(markup: layer.decibels < threshold ? "<strong>\(name)</strong>" : name, Double(index)),
        Table.Cell(layer.operatorName),
        Table.Cell(markup: "<span class=\"plain\">\(Figures.shape(layer.shape.dimensions))</span>"),
        Table.Cell("\(layer.types.first)"), Table.Cell("\(layer.types.second)"),
        Table.Cell(layer.decibels.isFinite ? Figures.decibels(layer.decibels) : "∞", layer.decibels),
        Table.Cell(bar: layer.decibels.isFinite ? layer.decibels / max(largest, 1) : 1),
        Table.Cell(layer.isMatchedByName ? "name" : "order"),
      ])
    }
    let (a, b) = layers.unmatched
    return """
      <p class="note">SQNR: signal to noise of A’s values x and B’s y, 10 · log<sub>10</sub>(Σ x² / Σ (x − y)²), errors of earlier layers \
      included. Layers below \(Figures.typeset(threshold, 1)) dB are in bold. Without a partner: \(Figures.count(a)) layers of A, \
      \(Figures.count(b)) of B.</p>
      \(table.markup)
      """
  }
}
