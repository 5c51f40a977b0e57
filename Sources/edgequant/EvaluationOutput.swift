import EdgeFormats
import EdgeQuant

/// An evaluation as text, CSV and JSON.
struct EvaluationOutput {
  private let evaluation: Evaluation
  private let model: String

  /// Larger confusion matrices are not drawn on the terminal.
  static let maximumDrawnClassCount = 20
  /// Larger confusion matrices are not put into JSON.
  static let maximumJSONClassCount = 256

  init(_ evaluation: Evaluation, model: String) {
    self.evaluation = evaluation
    self.model = model
  }

  var text: String {
    var parts = [summary, classTable]
    if evaluation.classCount <= EvaluationOutput.maximumDrawnClassCount, let matrix = evaluation.confusion {
      parts.append("confusion (rows: what it is; columns: what the model says)\n" + drawn(matrix))
    }
    return parts.joined(separator: "\n\n")
  }

  private var summary: String {
    var lines = [
      "\(model) on \(evaluation.path): \(evaluation.labelledCount) samples, \(evaluation.classCount) classes"
    ]
    if evaluation.labelledCount < evaluation.predictions.count {
      lines[0] += " (\(evaluation.predictions.count - evaluation.labelledCount) left out)"
    }
    lines.append("top-1  " + EvaluationOutput.text(evaluation.top1))
    if evaluation.classCount > Evaluation.bestCount {
      lines.append("top-5  " + EvaluationOutput.text(evaluation.top5))
    }
    return lines.joined(separator: "\n")
  }

  /// `87.20 % (436 of 500; 95 % interval 83.99 to 89.84)`.
  static func text(_ share: Proportion) -> String {
    "\(Figures.percent(share.value)) (\(share.count) of \(share.total); 95 % interval \(text(share.interval)))"
  }

  /// In percent.
  static func text(_ interval: ClosedRange<Double>) -> String {
    "\(Figures.decimal(100 * interval.lowerBound, 2)) to \(Figures.decimal(100 * interval.upperBound, 2))"
  }

  /// Classes that occur neither in the data nor in the answers are left out.
  private var classTable: String {
    var table = TextTable(["class", "samples", "right", "recall", "precision"])
    for (index, counts) in evaluation.classes.enumerated() where counts.samples + counts.predicted > 0 {
      table.add([
        Figures.printable(evaluation.name(index)), "\(counts.samples)", "\(counts.right)",
        Figures.percent(counts.recall.value), Figures.percent(counts.precision.value),
      ])
    }
    return table.text
  }

  private func drawn(_ matrix: [Int]) -> String {
    let side = evaluation.classCount
    var table = TextTable([""] + (0..<side).map { String(Figures.printable(evaluation.name($0)).prefix(5)) })
    for row in 0..<side {
      let counts = matrix[(row * side)..<((row + 1) * side)]
      table.add([Figures.printable(evaluation.name(row))] + counts.map { $0 == 0 ? "." : "\($0)" })
    }
    return table.text
  }

  /// A row for each class, and one for all whose recall is top-1.
  var csv: [UInt8] {
    var rows = [["index", "label", "samples", "predicted", "right", "recall", "precision"]]
    for (index, counts) in evaluation.classes.enumerated() {
      rows.append([
        "\(index)", index < evaluation.classNames.count ? evaluation.classNames[index] : "", "\(counts.samples)",
        "\(counts.predicted)", "\(counts.right)", number(counts.recall), number(counts.precision),
      ])
    }
    let top1 = evaluation.top1
    rows.append(["", "all", "\(top1.total)", "\(top1.total)", "\(top1.count)", number(top1), number(top1)])
    return CSV.file(rows)
  }

  private func number(_ share: Proportion) -> String { share.total == 0 ? "" : "\(share.value)" }

  /// Names of classes on top and at the left; nil for too many classes.
  var confusionCSV: [UInt8]? {
    let side = evaluation.classCount
    guard let matrix = evaluation.confusion else { return nil }
    var rows = [[""] + (0..<side).map(evaluation.name)]
    for row in 0..<side {
      rows.append([evaluation.name(row)] + matrix[(row * side)..<((row + 1) * side)].map { "\($0)" })
    }
    return CSV.file(rows)
  }

  /// A row for each sample; five answers, the best first. Samples that could not be used have none.
  func predictionsCSV(_ data: Dataset) -> [UInt8] {
    var rows = [["sample", "label"] + (1...Evaluation.bestCount).map { "best\($0)" }]
    for (index, prediction) in evaluation.predictions.enumerated() {
      let best = prediction?.best ?? []
      rows.append(
        [data.name(index), prediction?.label.map { "\($0)" } ?? ""]
          + (0..<Evaluation.bestCount).map { $0 < best.count ? "\(best[$0])" : "" })
    }
    return CSV.file(rows)
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.string("model", model)
    json.string("data", evaluation.path)
    json.integer("samples", evaluation.predictions.count)
    json.integer("evaluated", evaluation.labelledCount)
    json.integer("unreadable", evaluation.unreadable.count)
    json.integer("classes", evaluation.classCount)
    json.object("top1") { $0.members(of: evaluation.top1) }
    json.object("top5") { $0.members(of: evaluation.top5) }
    json.objects("per_class", evaluation.classes.indices) { json, index in
      let counts = evaluation.classes[index]
      json.integer("index", index)
      json.string("label", index < evaluation.classNames.count ? evaluation.classNames[index] : nil)
      json.integer("samples", counts.samples)
      json.integer("predicted", counts.predicted)
      json.integer("right", counts.right)
      json.number("recall", counts.recall.value)
      json.number("precision", counts.precision.value)
    }
    if evaluation.classCount <= EvaluationOutput.maximumJSONClassCount, let matrix = evaluation.confusion {
      let side = evaluation.classCount
      json.array("confusion", 0..<side) { json, row in
        json.beginArray()
        for count in matrix[(row * side)..<((row + 1) * side)] { json.integer(count) }
        json.endArray()
      }
    }
    json.endObject()
    return json.bytes
  }
}

extension CSV {
  static func file(_ rows: [[String]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for row in rows {
      bytes += row.map { field($0.utf8) }.joined(separator: [UInt8(ascii: ",")])
      bytes += lineEnd.description.utf8
    }
    return bytes
  }
}

extension JSONWriter {
  /// A share with its 95 % interval.
  mutating func members(of share: Proportion) {
    integer("count", share.count)
    integer("total", share.total)
    number("value", share.value)
    number("low", share.interval.lowerBound)
    number("high", share.interval.upperBound)
  }
}
