import EdgeFormats

/// What is printed for each picture, in one of four formats. `Sources/edgeinfer/README.md` explains the fields.
final class PictureResults {
  enum Format: Int {
    case text, csv, json, jsonl

    static let names: [StaticString] = ["text", "csv", "json", "jsonl"]
  }

  private let output: Output
  private let format: Format
  private let showsTiming: Bool
  private let asPercentage: Bool
  private let label: (Int) -> String?
  private let style: Style
  private var count = 0

  /// - Parameters:
  ///   - asPercentage: the text shows 81.2 % for 0.812.
  ///   - label: the name of a class, if it has one.
  init(
    _ output: Output, _ format: Format, showsTiming: Bool, asPercentage: Bool, label: @escaping (Int) -> String?
  ) {
    self.output = output
    self.format = format
    self.showsTiming = showsTiming
    self.asPercentage = asPercentage
    self.label = label
    style = Style(output)
    switch format {
    case .csv: writeCSV(["path", "rank", "index", "label", "score", "error"].map { Array($0.utf8) }, "latency_ms")
    case .json: output.write("[\n")
    case .text, .jsonl: break
    }
  }

  func write(_ path: Path, _ top: [Ranked], _ times: StageTimes) throws(Failure) {
    switch format {
    case .text: writeText(path, top, times)
    case .csv:
      for (rank, entry) in top.enumerated() {
        writeCSV(
          [
            path.bytes, Array("\(rank + 1)".utf8), Array("\(entry.index)".utf8), Array((label(entry.index) ?? "").utf8),
            Array("\(entry.score)".utf8), [],
          ], milliseconds(times.total))
      }
    case .json, .jsonl: writeJSON(path, top, times)
    }
    try endPicture()
  }

  func write(_ path: Path, error: String) throws(Failure) {
    switch format {
    case .text: output.write(style.bold(printable(path.text)) + "\n   error: \(printable(error))\n")
    case .csv: writeCSV([path.bytes, [], [], [], [], Array(error.utf8)], "")
    case .json, .jsonl:
      var json = beginJSON(path)
      json.key("error")
      json.string(error)
      endJSON(&json)
    }
    try endPicture()
  }

  /// After the last picture.
  func end() throws(Failure) {
    if format == .json { output.write(count == 0 ? "]\n" : "\n]\n") }
    try output.flush()
  }

  private func endPicture() throws(Failure) {
    count += 1
    // Whoever reads lines gets each at once.
    if format == .jsonl || (format == .text && output.isTerminal) { try output.flush() }
  }

  private func writeText(_ path: Path, _ top: [Ranked], _ times: StageTimes) {
    output.write(style.bold(printable(path.text)) + "\n")
    for entry in top {
      let isShare = asPercentage && entry.score >= 0 && entry.score <= 1
      let score = isShare ? "\(decimals(Int(entry.score * 1000 + 0.5), 1)) %" : "\(entry.score)"
      let name = label(entry.index) ?? "class \(entry.index)"
      output.write("\(score.paddedLeft(to: 10))  \(printable(name))\n")
    }
    guard showsTiming else { return }
    output.write(
      style.dim(
        "  decode \(milliseconds(times.decode)) ms, preprocess \(milliseconds(times.preprocess)) ms, "
          + "infer \(milliseconds(times.infer)) ms") + "\n")
  }

  private func writeCSV(_ fields: [[UInt8]], _ latency: String) {
    for (index, field) in fields.enumerated() {
      if index > 0 { output.write(",") }
      output.write(CSV.field(field))
    }
    if showsTiming { output.write(",\(latency)") }
    output.write(CSV.lineEnd)
  }

  private func beginJSON(_ path: Path) -> JSONWriter {
    if format == .json, count > 0 { output.write(",\n") }
    var json = JSONWriter()
    json.beginObject()
    json.key("file")
    json.string(path.text)
    return json
  }

  private func writeJSON(_ path: Path, _ top: [Ranked], _ times: StageTimes) {
    var json = beginJSON(path)
    json.key("top")
    json.beginArray()
    for entry in top {
      json.beginObject()
      json.key("index")
      json.integer(entry.index)
      json.key("label")
      if let label = label(entry.index) { json.string(label) } else { json.null() }
      json.key("score")
      json.number(entry.score)
      json.endObject()
    }
    json.endArray()
    if showsTiming {
      json.key("timing_ms")
      json.beginObject()
      let stages: [(StaticString, Int64)] = [
        ("decode", times.decode), ("preprocess", times.preprocess), ("infer", times.infer), ("total", times.total),
      ]
      for (name, nanoseconds) in stages {
        json.key(name)
        json.number(Double(nanoseconds / 1000) / 1000)
      }
      json.endObject()
    }
    endJSON(&json)
  }

  private func endJSON(_ json: inout JSONWriter) {
    json.endObject()
    output.write(json.bytes)
    if format == .jsonl { output.write("\n") }
  }

  private func milliseconds(_ nanoseconds: Int64) -> String { decimals(Int(nanoseconds / 1000), 3) }

  /// `number / 10^places` with that many places.
  private func decimals(_ number: Int, _ places: Int) -> String {
    var unit = 1
    for _ in 0..<places { unit *= 10 }
    var fraction = "\(number % unit)"
    for _ in 0..<(places - fraction.utf8.count) { fraction = "0" + fraction }
    return "\(number / unit).\(fraction)"
  }
}
