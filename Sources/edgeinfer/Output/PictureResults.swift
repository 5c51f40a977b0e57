import EdgeFormats
import EdgeRuntime
import EdgeTensor

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
  private let classCount: Int
  private let style: Style
  private var count = 0

  /// - Parameters:
  ///   - header: what a table begins with; empty where it was written before.
  ///   - classCount: so many are written for each picture.
  ///   - asPercentage: the text shows 81.2 % for 0.812.
  ///   - label: the name of a class, if it has one.
  init(
    _ output: Output, _ format: Format, header: [UInt8], classCount: Int, showsTiming: Bool, asPercentage: Bool,
    label: @escaping (Int) -> String?
  ) {
    self.output = output
    self.format = format
    self.showsTiming = showsTiming
    self.asPercentage = asPercentage
    self.label = label
    self.classCount = classCount
    style = Style(output)
    output.write(header)
    if format == .json { output.write("[\n") }
  }

  /// The first row of a table; nothing for other formats.
  static func header(_ format: Format, showsTiming: Bool) -> [UInt8] {
    guard format == .csv else { return [] }
    let latency: StaticString = showsTiming ? ",latency_ms" : ""
    return Text("path,rank,index,label,score,error\(latency)\(CSV.lineEnd)").bytes
  }

  /// What the object of a picture begins with.
  static func jsonStart(_ path: Path) -> [UInt8] { startJSON(path).bytes }

  func write(_ result: PictureResult) throws(Failure) {
    if let error = result.error {
      try write(result.item.path, error: error.text)
    } else {
      try write(result.item.path, result.top.prefix(classCount), result.times)
    }
  }

  private func write(_ path: Path, _ top: ArraySlice<Ranked>, _ times: StageTimes) throws(Failure) {
    switch format {
    case .text: writeText(path, top, times)
    case .csv:
      for (rank, entry) in top.enumerated() {
        writeCSV(
          [
            path.text, "\(rank + 1)", "\(entry.index)", Text(label(entry.index) ?? ""), "\(entry.score)", "",
          ], milliseconds(times.total))
      }
    case .json, .jsonl: writeJSON(path, top, times)
    }
    try endPicture()
  }

  private func write(_ path: Path, error: Text) throws(Failure) {
    switch format {
    case .text: output.write("\(style.bold(path.text.printable()))\n   error: \(error.printable())\n")
    case .csv: writeCSV([path.text, "", "", "", "", error], "")
    case .json, .jsonl:
      var json = beginJSON(path)
      json.string("error", error)
      endJSON(&json)
    }
    try endPicture()
  }

  /// After the last picture.
  func end() throws(Failure) {
    if format == .json { output.write(count == 0 ? "]\n" : "\n]\n") }
    try output.close()
  }

  private func endPicture() throws(Failure) {
    count += 1
    // Whoever reads lines gets each at once.
    if format == .jsonl || (format == .text && output.isTerminal) { try output.flush() }
  }

  private func writeText(_ path: Path, _ top: ArraySlice<Ranked>, _ times: StageTimes) {
    output.write("\(style.bold(path.text.printable()))\n")
    for entry in top {
      let score = PictureResults.score(entry.score, asPercentage: asPercentage)
      let name = label(entry.index).map { Text($0) } ?? "class \(entry.index)"
      output.write("\(score.paddedLeft(to: 10))  \(name.printable())\n")
    }
    guard showsTiming else { return }
    let text: Text = """
        decode \(milliseconds(times.decode)) ms, preprocess \(milliseconds(times.preprocess)) ms, \
      infer \(milliseconds(times.infer)) ms
      """
    output.write("\(style.dim(text))\n")
  }

  /// As people read it.
  static func score(_ score: Float, asPercentage: Bool) -> Text {
    let isShare = asPercentage && score >= 0 && score <= 1
    return isShare ? "\(decimals(Int(score * 1000 + 0.5), 1)) %" : "\(score)"
  }

  private func writeCSV(_ fields: [Text], _ latency: Text) {
    for (index, field) in fields.enumerated() {
      if index > 0 { output.write(",") }
      output.write(CSV.field(field.bytes))
    }
    if showsTiming { output.write(",\(latency)") }
    output.write("\(CSV.lineEnd)")
  }

  private func beginJSON(_ path: Path) -> JSONWriter {
    if format == .json, count > 0 { output.write(",\n") }
    return PictureResults.startJSON(path)
  }

  private static func startJSON(_ path: Path) -> JSONWriter {
    var json = JSONWriter()
    json.beginObject()
    json.string("file", path.text)
    return json
  }

  private func writeJSON(_ path: Path, _ top: ArraySlice<Ranked>, _ times: StageTimes) {
    var json = beginJSON(path)
    json.objects("top", top) { json, entry in
      json.integer("index", entry.index)
      json.string("label", label(entry.index))
      json.number("score", entry.score)
    }
    if showsTiming {
      json.object("timing_ms") { json in
        let stages: [(StaticString, Int64)] = [
          ("decode", times.decode), ("preprocess", times.preprocess), ("infer", times.infer), ("total", times.total),
        ]
        for (name, nanoseconds) in stages { json.number(name, Double(nanoseconds / 1000) / 1000) }
      }
    }
    endJSON(&json)
  }

  private func endJSON(_ json: inout JSONWriter) {
    json.endObject()
    output.write(json.bytes)
    if format == .jsonl { output.write("\n") }
  }

  private func milliseconds(_ nanoseconds: Int64) -> Text { decimals(Int(nanoseconds / 1000), 3) }
}
