import EdgeFormats
import EdgeRuntime
import EdgeTensor

/// What is known of one frame.
struct FrameResult {
  var number: Int
  /// Of the file in a watched folder; empty otherwise.
  var name: Text
  /// When it was taken, UTC; nil for the frames of a file.
  var captured: Text?
  /// From then to the result, in nanoseconds; nil likewise.
  var age: Int64?
  /// The best classes; empty if there is an error.
  var top: [Ranked] = []
  /// The class shown; see `ResultFilter`.
  var active: Ranked?
  var error: Text?
  var times = StageTimes()
}

/// Prints results, one line each, at once. `Sources/edgeinfer/README.md` explains the fields.
final class FrameResults {
  enum Format: Int {
    case text, csv, jsonl

    static let names: [StaticString] = ["text", "csv", "jsonl"]
  }

  private let output: Output
  private let format: Format
  private let showsTiming: Bool
  private let asPercentage: Bool
  private let label: (Int) -> String?
  private let style: Style

  /// - Parameters: as those of `PictureResults`.
  init(
    _ output: Output, _ format: Format, showsTiming: Bool, asPercentage: Bool, label: @escaping (Int) -> String?
  ) throws(Failure) {
    (self.output, self.format, self.showsTiming, self.asPercentage) = (output, format, showsTiming, asPercentage)
    self.label = label
    style = Style(output)
    if format == .csv {
      writeCSV(["frame", "file", "captured", "age_ms", "rank", "index", "label", "score", "error"], "latency_ms")
      try output.flush()
    }
  }

  func write(_ result: FrameResult) throws(Failure) {
    switch format {
    case .text: writeText(result)
    case .csv: writeCSV(result)
    case .jsonl: writeJSON(result)
    }
    try output.flush()
  }

  func close() throws(Failure) { try output.close() }

  /// A class's name, or its number.
  func name(_ index: Int) -> Text { label(index).map { Text($0) } ?? "class \(index)" }

  private func writeText(_ result: FrameResult) {
    var line: Text = "#\(result.number)"
    if !result.name.isEmpty { line += " \(result.name.printable())" }
    line = line.padded(to: 8)
    if let error = result.error {
      line += "error: \(error.printable())"
    } else if result.active == nil {
      line += "-"
    } else {
      for (place, entry) in result.top.enumerated() {
        let text: Text = "\(name(entry.index).printable()) \(score(entry.score))"
        line += place == 0 ? style.bold(text) : ", \(text)"
      }
    }
    if let age = result.age { line += style.dim("  \(milliseconds(age, 0)) ms old") }
    if showsTiming {
      let times = result.times
      line += style.dim(
        "  decode \(milliseconds(times.decode)) ms, preprocess \(milliseconds(times.preprocess)) ms, infer \(milliseconds(times.infer)) ms"
      )
    }
    output.write("\(line)\n")
  }

  private func score(_ value: Float) -> Text {
    let isShare = asPercentage && value >= 0 && value <= 1
    return isShare ? "\(decimals(Int(value * 1000 + 0.5), 1)) %" : "\(value)"
  }

  private func writeCSV(_ result: FrameResult) {
    let start: [Text] = [
      "\(result.number)", result.name, result.captured ?? "", result.age.map { milliseconds($0) } ?? "",
    ]
    let latency = milliseconds(result.times.total)
    if let error = result.error { return writeCSV(start + ["", "", "", "", error], "") }
    if result.active == nil { return writeCSV(start + ["", "", "", "", ""], latency) }
    for (place, entry) in result.top.enumerated() {
      writeCSV(
        start + ["\(place + 1)", "\(entry.index)", Text(label(entry.index) ?? ""), "\(entry.score)", ""], latency)
    }
  }

  private func writeCSV(_ fields: [Text], _ latency: Text) {
    for (index, field) in fields.enumerated() {
      if index > 0 { output.write(",") }
      output.write(CSV.field(field.bytes))
    }
    if showsTiming { output.write(",\(latency)") }
    output.write("\(CSV.lineEnd)")
  }

  private func writeJSON(_ result: FrameResult) {
    var json = JSONWriter()
    json.beginObject()
    json.integer("frame", result.number)
    if !result.name.isEmpty { json.string("file", result.name) }
    if let captured = result.captured { json.string("captured", captured) }
    if let age = result.age { json.number("age_ms", Double(age / 1000) / 1000) }
    if let error = result.error {
      json.string("error", error)
    } else {
      json.objects("top", result.active == nil ? [] : result.top) { json, entry in
        json.integer("index", entry.index)
        json.string("label", label(entry.index))
        json.number("score", entry.score)
      }
    }
    if showsTiming, result.error == nil {
      json.object("timing_ms") { json in
        let times = result.times
        let stages: [(StaticString, Int64)] = [
          ("decode", times.decode), ("preprocess", times.preprocess), ("infer", times.infer), ("total", times.total),
        ]
        for (name, nanoseconds) in stages { json.number(name, Double(nanoseconds / 1000) / 1000) }
      }
    }
    json.endObject()
    output.write(json.bytes)
    output.write("\n")
  }

  private func milliseconds(_ nanoseconds: Int64, _ places: Int = 3) -> Text {
    places == 0 ? "\(Int((nanoseconds + 500_000) / 1_000_000))" : decimals(Int(nanoseconds / 1000), places)
  }
}
