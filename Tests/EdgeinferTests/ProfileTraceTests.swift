import Foundation
import Testing
import _EdgeTestSupport

@Suite struct ProfileTraceTests {
  private struct Event: Decodable {
    struct Arguments: Decodable {
      let name: String?
      let `operator`: Int?
      let kernel: String?
    }
    let ph: String
    let name: String
    let pid: Int
    let tid: Int
    let cat: String?
    let ts: Double?
    let dur: Double?
    let args: Arguments?

    var end: Double { (ts ?? 0) + (dur ?? 0) }
  }

  private struct Trace: Decodable {
    struct Other: Decodable { let inferences: Int }
    let displayTimeUnit: String
    let otherData: Other
    let traceEvents: [Event]
  }

  private struct Report: Decodable {
    struct Operator: Decodable {
      let index: Int
      let avgMs: Double
    }
    let operatorBatch: Int
    let operators: [Operator]
  }

  /// Traces a chain of convolutions.
  private func trace(_ runs: Int, threads: Int) throws -> (trace: Trace, report: Report, file: URL, folder: Folder) {
    let folder = try Folder()
    let model = try folder.write("chain.edge", RandomChain(seed: 3, extents: (32, 32, 16)).contents.encoded())
    let file = folder.url.appendingPathComponent("trace.json")
    let result = try Program.run([
      "profile", "-m", model, "--runs", "\(runs)", "-t", "\(threads)", "--trace", file.path, "--format", "json",
    ])
    #expect(result.status == 0, "\(result.errorText)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (
      try decoder.decode(Trace.self, from: Data(contentsOf: file)),
      try decoder.decode(Report.self, from: result.output),
      file, folder
    )
  }

  @Test(arguments: [1, 3])
  func `every event is of the trace event format, and spans lie inside one another`(threads: Int) throws {
    let (trace, report, _, _) = try trace(4, threads: threads)
    #expect(trace.otherData.inferences == 4 && ["ns", "ms"].contains(trace.displayTimeUnit))
    let spans = trace.traceEvents.filter { $0.ph == "X" }
    #expect(trace.traceEvents.allSatisfy { ["X", "M"].contains($0.ph) && $0.pid == 1 && !$0.name.isEmpty })
    #expect(spans.allSatisfy { $0.ts.map { $0 >= 0 } ?? false && $0.dur.map { $0 >= 0 } ?? false && $0.cat != nil })
    let tracks = Set(trace.traceEvents.filter { $0.ph == "M" && $0.name == "thread_name" }.map { $0.tid })
    #expect(tracks.count == (threads > 1 ? threads + 1 : 1) && Set(spans.map { $0.tid }).isSubset(of: tracks))

    let inferences = spans.filter { $0.cat == "inference" }
    #expect(inferences.count == 4 && spans.count { $0.cat == "load" } == 1)
    for (before, after) in zip(inferences, inferences.dropFirst()) { #expect(before.end <= (after.ts ?? 0)) }
    let operators = spans.filter { $0.cat == "operator" && $0.tid == 1 }
    #expect(operators.count == 4 * report.operators.count)
    // A nanosecond: times are rounded once.
    for (number, inference) in inferences.enumerated() {
      let own = operators.dropFirst(number * report.operators.count).prefix(report.operators.count)
      #expect(own.map { $0.args?.operator } == report.operators.map { $0.index })
      #expect(own.allSatisfy { ($0.ts ?? -1) >= (inference.ts ?? 0) - 0.001 && $0.end <= inference.end + 0.001 })
      #expect(abs(own.reduce(0) { $0 + ($1.dur ?? 0) } - (inference.dur ?? 0)) < 0.002 * Double(own.count))
    }
    for part in spans.filter({ $0.tid > 1 }) {
      #expect(
        operators.contains { whole in
          whole.args?.operator == part.args?.operator && whole.end >= part.end - 0.001
            && (whole.ts ?? 0) <= part.end
        })
    }
  }

  @Test func `spans add up to the times of the operators`() throws {
    let (trace, report, _, _) = try trace(6, threads: 1)
    guard report.operatorBatch == 1 else { return }
    for operation in report.operators {
      let spans = trace.traceEvents.filter { $0.tid == 1 && $0.args?.operator == operation.index }
      #expect(spans.count == 6)
      let sum = spans.reduce(0) { $0 + ($1.dur ?? 0) } / 1000
      #expect(abs(sum - 6 * operation.avgMs) <= 6e-6 + 1e-3 * sum, "operator \(operation.index)")
    }
  }

  @Test func `a picture is decoded before each inference, and its stages are spans beside it`() throws {
    let samples = try Samples()
    let (folder, model) = (samples.folder, samples.model)
    let picture = try folder.write("a.jpg", samples.jpeg)
    let file = folder.url.appendingPathComponent("trace.json")
    let result = try Program.run([
      "profile", "-m", model, "--runs", "2", "--picture", picture, "--trace", file.path, "--format", "json",
    ])
    #expect(result.status == 0, "\(result.errorText)")
    let report = try #require(JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    for stage in ["decode", "preprocess"] {
      #expect(try #require((report[stage] as? [String: Double])?["median_ms"]) > 0)
    }
    let events = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: file)).traceEvents
    let stages = events.filter { ["decode", "preprocess", "inference"].contains($0.cat) }
    #expect(stages.map { $0.cat } == ["decode", "preprocess", "inference", "decode", "preprocess", "inference"])
    for (before, after) in zip(stages, stages.dropFirst()) { #expect(before.end <= (after.ts ?? 0) + 0.001) }
    #expect(try Program.run(["profile", "-m", model, "--picture", folder.path("none.jpg")]).status == 66)
    #expect(try Program.run(["profile", "-m", model, "--picture", model]).status == 65)
  }

  @Test func `names are escaped`() throws {
    var contents = TinyModel.int8()
    contents.name = "a \"name\"\\ and\ttab"
    let folder = try Folder()
    let model = try folder.write("tiny.edge", contents.encoded())
    let file = folder.url.appendingPathComponent("trace.json")
    let result = try Program.run(["profile", "-m", model, "--runs", "1", "--trace", file.path])
    #expect(result.status == 0, "\(result.errorText)")
    let trace = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: file))
    #expect(trace.traceEvents.first { $0.name == "process_name" }?.args?.name == "edgeinfer a \"name\"\\ and\ttab")
  }

  @Test func `the last twenty inferences are kept, and a file that cannot be made is named`() throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let file = folder.url.appendingPathComponent("trace.json")
    let result = try Program.run(["profile", "-m", model, "--runs", "30", "--trace", file.path])
    #expect(result.status == 0)
    #expect(try JSONDecoder().decode(Trace.self, from: Data(contentsOf: file)).otherData.inferences == 20)
    let failed = try Program.run(["profile", "-m", model, "--runs", "1", "--trace", "/nowhere/trace.json"])
    #expect(failed.status == 73 && failed.errorText.contains("/nowhere/trace.json"))
  }

  /// Perfetto's trace_processor_shell, where `TRACE_PROCESSOR` names one.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["TRACE_PROCESSOR"] != nil, "TRACE_PROCESSOR names no Perfetto"))
  func `Perfetto reads it`() throws {
    let (_, report, file, folder) = try trace(3, threads: 2)
    let query = try folder.write(
      "query.sql",
      Array(
        "select count(*) from slice where category = 'operator' and track_id = (select track_id from slice where category = 'inference' limit 1)"
          .utf8))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["TRACE_PROCESSOR"] ?? "")
    process.arguments = ["-q", query, file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && text.contains("\(3 * report.operators.count)"), "\(text)")
  }
}
