import Foundation
import Testing

@testable import edgeinfer

@Suite struct ProfileTests {
  private struct Report: Decodable {
    struct Operator: Decodable {
      let index: Int
      let `operator`: String
      let node: String
      let kernel: String
      let avgMs: Double
      let medianMs: Double
      let share: Double
      let macs: Int
    }
    let schema: Int
    let threads: Int
    let initMs: Double
    let firstInferenceMs: Double
    let numWarmup: Int
    let warmupAvgMs: Double
    let numRuns: Int
    let avgMs: Double
    let minMs: Double
    let maxMs: Double
    let stddevMs: Double
    let medianMs: Double
    let p90Ms: Double
    let p95Ms: Double
    let p99Ms: Double
    let peakBytes: Int
    let vmHwmBytes: Int?
    let operatorsMedianMs: Double?
    let operators: [Operator]?
  }

  private func model(_ folder: Folder) throws -> String {
    try folder.write("tiny.edge", TinyModel.int8().encoded())
  }

  private func report(_ arguments: [String]) throws -> Report {
    let folder = try Folder()
    let result = try Program.run(["profile", "-m", try model(folder), "--format", "json"] + arguments)
    #expect(result.status == 0 && result.errorText == "", "\(result.errorText)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: result.output)
  }

  @Test(arguments: [(7, 3), (1, 0), (20, 1)])
  func `as many runs as asked for, the figures in order`(runs: Int, warmup: Int) throws {
    let report = try report(["--runs", "\(runs)", "--warmup", "\(warmup)", "-t", "1"])
    #expect(report.schema == 1 && report.threads == 1)
    #expect(report.numRuns == runs && report.numWarmup == warmup)
    #expect(report.initMs > 0 && report.firstInferenceMs > 0 && report.minMs > 0)
    #expect((report.warmupAvgMs > 0) == (warmup > 0))
    let ordered = [report.minMs, report.medianMs, report.p90Ms, report.p95Ms, report.p99Ms, report.maxMs]
    #expect(ordered == ordered.sorted())
    #expect(report.minMs <= report.avgMs && report.avgMs <= report.maxMs)
    #expect(runs > 1 || report.stddevMs == 0)
    #expect(report.peakBytes == 64 || report.peakBytes == 128)
    #expect(try #require(report.vmHwmBytes) > report.peakBytes)
    #expect(report.operators == nil)
  }

  @Test func `operators have names, times and shares that add up`() throws {
    let report = try report(["--ops", "--runs", "5"])
    let operators = try #require(report.operators)
    #expect(operators.map { $0.operator } == ["add", "reshape"])
    #expect(operators.map { $0.node } == ["net/add", "net/flat"])
    #expect(operators.map { $0.index } == [0, 1] && operators.allSatisfy { $0.avgMs > 0 })
    let sum = operators.reduce(0) { $0 + $1.medianMs }
    #expect(abs(sum - (try #require(report.operatorsMedianMs))) < 1e-9)
    #expect(abs(operators.reduce(0) { $0 + $1.share } - 1) < 1e-9)
  }

  @Test func `the text ends with the line of TensorFlow Lite's benchmark`() throws {
    let folder = try Folder()
    let result = try Program.run(["profile", "-m", try model(folder), "--runs", "3", "--ops"])
    #expect(result.status == 0, "\(result.errorText)")
    let line =
      #/Inference timings in us: Init: [0-9]+, First inference: [0-9]+, Warmup \(avg\): [0-9.]+, Inference \(avg\): [0-9.]+/#
    #expect(try line.wholeMatch(in: #require(result.lines.last)) != nil)
    #expect(result.text.contains("net/add") && result.text.contains("by kind"))
  }

  @Test func `too little memory and bad counts are refused`() throws {
    let folder = try Folder()
    let model = try model(folder)
    let refused = try Program.run(["profile", "-m", model, "--max-memory", "1"])
    #expect(refused.status == 78 && refused.errorText.contains("operator 0, add \"net/add\""))
    for option in [["--runs", "0"], ["--warmup", "-1"], ["--runs", "many"], ["--format", "xml"], ["extra"]] {
      #expect(try Program.run(["profile", "-m", model] + option).status == 64)
    }
  }

  @Test func `statistics of a list that can be checked by hand`() {
    let statistics = ProfileStatistics([40, 10, 20, 30])
    #expect(statistics.minimum == 10 && statistics.maximum == 40 && statistics.mean == 25 && statistics.median == 25)
    #expect(statistics.standardDeviation == 125.0.squareRoot())
    #expect(statistics.percentile(50) == 20 && statistics.percentile(51) == 30 && statistics.percentile(100) == 40)
    let hundred = ProfileStatistics(Array(1...100))
    #expect(hundred.percentile(90) == 90 && hundred.percentile(99) == 99 && hundred.median == 50.5)
  }
}
