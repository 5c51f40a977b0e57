import EdgeFormats
import EdgeQuant

/// A comparison as text, CSV and JSON.
struct ComparisonOutput {
  private let comparison: ModelComparison
  /// In decibels.
  private let threshold: Double

  init(_ comparison: ModelComparison, threshold: Double) {
    self.comparison = comparison
    self.threshold = threshold
  }

  var text: String {
    ["A: \(comparison.first.name)\nB: \(comparison.second.name)", sideBySide, answers, layerTable, departure]
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var sideBySide: String {
    let (a, b) = (comparison.first, comparison.second)
    var table = TextTable(["", "A", "B", "B / A"])
    func add(_ title: String, _ first: Int, _ second: Int) {
      table.add([
        title, Figures.count(first), Figures.count(second), Figures.decimal(Double(second) / Double(first), 3),
      ])
    }
    add("file, bytes", a.cost.fileByteCount, b.cost.fileByteCount)
    add("multiply-accumulates", a.cost.multiplyAccumulateCount, b.cost.multiplyAccumulateCount)
    add("peak memory, bytes", a.cost.peakByteCount, b.cost.peakByteCount)
    if let first = a.evaluation, let second = b.evaluation, first.labelledCount > 0 {
      table.add(["top-1", Figures.percent(first.top1.value), Figures.percent(second.top1.value), ""])
      table.add(["right", "\(first.top1.count)", "\(second.top1.count)", ""])
    }
    return table.text
  }

  private var answers: String {
    var lines: [String] = []
    if let agreement = comparison.agreement {
      lines.append("same top class: \(EvaluationOutput.text(agreement))")
    } else {
      lines.append("the models do not choose among the same number of classes")
    }
    if let paired = comparison.paired {
      lines.append(
        "accuracy lost by B: \(Figures.decimal(100 * paired.drop, 2)) points (95 % interval "
          + "\(EvaluationOutput.text(paired.dropInterval)); only A right \(paired.onlyFirstRight), only B right "
          + "\(paired.onlySecondRight); McNemar p = \(Figures.decimal(paired.pValue, 3)))")
    }
    return lines.joined(separator: "\n")
  }

  private var layerTable: String {
    guard !comparison.layers.layers.isEmpty else { return "no layer of A has a partner in B" }
    var table = TextTable(
      ["layer", "operator", "shape", "A", "B", "SQNR, dB", "matched by"], left: [0, 1, 2, 3, 4, 6])
    for layer in comparison.layers.layers {
      table.add([
        Figures.printable(shortened(layer.name)), layer.operatorName, "\(layer.shape)", "\(layer.types.first)",
        "\(layer.types.second)", Figures.decimal(layer.decibels, 2),
        (layer.isMatchedByName ? "name" : "order")
          + (layer.scaledChannelCount > 0 ? ", \(layer.scaledChannelCount) channels scaled" : ""),
      ])
    }
    return table.text
  }

  /// The end tells layers apart.
  private func shortened(_ name: String) -> String { name.count <= 40 ? name : "..." + name.suffix(37) }

  private var departure: String {
    let layers = comparison.layers
    var lines: [String] = []
    let unmatched = layers.unmatched
    if unmatched.first + unmatched.second > 0 {
      lines.append("without a partner: \(unmatched.first) layers of A, \(unmatched.second) of B")
    }
    if let layer = layers.firstDifferent {
      lines.append("first layer that differs: \(Figures.printable(layer.name)) (\(layer.operatorName))")
      let limit = Figures.decimal(threshold, 1)
      if let layer = layers.firstDeparting(below: threshold) {
        lines.append(
          "first layer that departs (below \(limit) dB): \(Figures.printable(layer.name)) (\(layer.operatorName), "
            + "\(Figures.decimal(layer.decibels, 2)) dB)")
      } else {
        lines.append("no layer departs (below \(limit) dB)")
      }
    } else if !layers.layers.isEmpty {
      lines.append("no layer differs")
    }
    return "on \(layers.sampleCount) samples:\n" + lines.joined(separator: "\n")
  }

  /// A row for each layer.
  var csv: [UInt8] {
    var rows = [["layer", "operator", "shape", "type_a", "type_b", "sqnr_db", "matched_by", "scaled_channels"]]
    for layer in comparison.layers.layers {
      rows.append([
        layer.name, layer.operatorName, "\(layer.shape)", "\(layer.types.first)", "\(layer.types.second)",
        layer.decibels.isFinite ? "\(layer.decibels)" : "inf", layer.isMatchedByName ? "name" : "order",
        "\(layer.scaledChannelCount)",
      ])
    }
    return CSV.file(rows)
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.string("data", comparison.path)
    json.integer("samples", comparison.sampleCount)
    json.object("a") { side(comparison.first, &$0) }
    json.object("b") { side(comparison.second, &$0) }
    if let agreement = comparison.agreement { json.object("agreement") { $0.members(of: agreement) } }
    if let paired = comparison.paired {
      json.object("drop") { json in
        json.number("value", paired.drop)
        json.number("low", paired.dropInterval.lowerBound)
        json.number("high", paired.dropInterval.upperBound)
        json.integer("both_right", paired.bothRight)
        json.integer("only_a_right", paired.onlyFirstRight)
        json.integer("only_b_right", paired.onlySecondRight)
        json.integer("both_wrong", paired.bothWrong)
        json.number("mcnemar_p", paired.pValue)
      }
    }
    json.integer("layer_samples", comparison.layers.sampleCount)
    json.objects("layers", comparison.layers.layers) { json, layer in
      json.string("name", layer.name)
      json.string("operator", layer.operatorName)
      json.array("shape", layer.shape.dimensions) { $0.integer($1) }
      json.string("type_a", "\(layer.types.first)")
      json.string("type_b", "\(layer.types.second)")
      // null where both are the same.
      json.number("sqnr_db", layer.decibels)
      json.string("matched_by", layer.isMatchedByName ? "name" : "order")
      json.integer("scaled_channels", layer.scaledChannelCount)
    }
    json.string("first_different", comparison.layers.firstDifferent?.name)
    json.string("first_departing", comparison.layers.firstDeparting(below: threshold)?.name)
    json.number("threshold_db", threshold)
    json.endObject()
    return json.bytes
  }

  private func side(_ side: ModelComparison.Side, _ json: inout JSONWriter) {
    json.string("model", side.name)
    json.integer("bytes", side.cost.fileByteCount)
    json.integer("macs", side.cost.multiplyAccumulateCount)
    json.integer("peak_bytes", side.cost.peakByteCount)
    if let evaluation = side.evaluation, evaluation.labelledCount > 0 {
      json.object("top1") { $0.members(of: evaluation.top1) }
    }
  }
}
