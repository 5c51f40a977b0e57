extension QuantizationReport {
  /// All that is known of each layer, in order of execution.
  var layerTable: Markup {
    var table = Table(
      "Layers in order of execution",
      [
        .text("Layer"), .text("Operator"), .text("Output"), .number("Error"), .number("SQNR"), .number("Clipped"),
        .text("Range"), .text("Method"), .number("MACs"), .number("Weights"), .number("Moved"),
      ], isSortable: true)
    for (index, layer) in layers.enumerated() {
      table.add(cells(layer, index), identifier: "layer-\(index + 1)")
    }
    return """
      <p class="note">Error: the share of the answer's error that rounding this layer alone causes. SQNR: signal to noise of its float32 \
      values x and quantized ones y, 10 · log<sub>10</sub>(Σ x² / Σ (x − y)²), errors of earlier layers included. Range: what the 256 codes \
      stand for; values beyond it are clipped. MACs: multiply-accumulates for one inference. Moved: weights not rounded to the nearest \
      code, because another one disturbs the layer's output less.</p>
      \(table.markup)\(methods)
      """
  }

  private func cells(_ layer: Layer, _ index: Int) -> [Table.Cell] {
    let hasWeights = layer.weightBytes > 0
    func number(_ text: String, _ value: Double?, unless isAbsent: Bool = false) -> Table.Cell {
      isAbsent ? Table.Cell("–") : Table.Cell(text, value)
    }
    let range: Markup = "<span class=\"plain\">\(Figures.range(layer.range))</span>"
    let method: Markup = "<span class=\"plain\">\(layer.isFloat || layer.method.isEmpty ? "–" : layer.method)</span>"
    return [
      Table.Cell(markup: QuantizationReport.title(layer, index), Double(index)), Table.Cell(layer.operatorName),
      Table.Cell(markup: "<span class=\"plain\">\(Figures.shape(layer.shape))</span>"),
      number(Figures.share(layer.errorShare), layer.errorShare),
      number(Figures.decibels(layer.sqnr), layer.sqnr ?? .infinity),
      number(Figures.share(layer.clipped), layer.clipped, unless: layer.isFloat),
      layer.isFloat ? "float32" : Table.Cell(markup: range), Table.Cell(markup: method),
      number(Figures.macs(layer.macs), Double(layer.macs), unless: layer.macs == 0),
      number(Figures.bytes(layer.weightBytes), Double(layer.weightBytes), unless: !hasWeights),
      number(Figures.share(layer.movedWeights), layer.movedWeights, unless: !hasWeights || layer.isFloat),
    ]
  }

  /// What the words for ways to choose ranges mean, of those that occur.
  private var methods: Markup {
    let used = Set(layers.map { $0.method })
    let meanings = [
      (RangeMethod.minMax.rawValue, "all values"),
      (RangeMethod.percentile.rawValue, "all values but one in ten thousand"),
      (RangeMethod.mse.rawValue, "least squared error"), (RangeMethod.kl.rawValue, "least relative entropy"),
      ("pixels", "all that a picture can hold"), ("fixed", "set by TensorFlow Lite's specification"),
    ].filter { used.contains($0.0) }
    guard !meanings.isEmpty else { return "" }
    return "<p class=\"note\">Methods: \(meanings.map { "\($0): \($1)" }.joined(separator: "; ")).</p>\n"
  }

  /// A histogram for each layer that has one.
  var histograms: Markup {
    let figures = layers.enumerated().filter { !$0.element.histogram.isEmpty }.map { index, layer -> Markup in
      let chart = HistogramChart(
        identifier: "values-\(index + 1)", title: "Values of layer \(index + 1), \(layer.name)",
        counts: layer.histogram,
        observed: layer.observed, range: layer.isFloat ? nil : layer.range)
      let detail =
        layer.isFloat
        ? "stays float32" : "\(Figures.range(layer.range)), \(Figures.share(layer.clipped)) clipped"
      return """
        <figure>
        <figcaption><strong>\(QuantizationReport.title(layer, index))</strong>\(layer.operatorName), \(detail)</figcaption>
        \(chart.markup)</figure>

        """
    }
    guard !figures.isEmpty else { return "<p>No values were counted.</p>\n" }
    return """
      <p class="note">How often values of the float32 network occur; heights are logarithms of counts, so that rare large values are seen. \
      <span class="key mark"></span>values, <span class="key cut"></span>values that are clipped, <span class="key band"></span>range of \
      the codes.</p>
      <div class="charts">
      \(figures.joined())</div>

      """
  }
}
