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
      let threads: Int
      let weightBytes: Int
      let activationBytes: Int
      let bound: String?
    }
    struct Histogram: Decodable {
      let lowMs: Double
      let widthMs: Double
      let counts: [Int]
    }
    struct Memory: Decodable {
      struct Block: Decodable {
        let tensor: Int?
        let offset: Int
        let bytes: Int
        let firstOperator: Int
        let lastOperator: Int
      }
      let arenaBytes: Int
      let fileBytes: Int
      let promisedBytes: Int
      let vmRssBytes: Int?
      let stackBytes: Int?
      let weightsResidentBytes: Int?
      let invokeAllocations: Int?
      let peakOperator: Int
      let blocks: [Block]
    }
    struct Board: Decodable {
      struct State: Decodable {
        let mhz: Int?
        let celsius: Double?
        let throttled: Int?
      }
      let model: String?
      let kernel: String?
      let processors: Int
      let governor: String?
      let programXxh64: String?
      let start: State
      let end: State
    }
    struct Roofline: Decodable {
      let peakGmacs: Double
      let bandwidthGbps: Double
      let bandwidthBytes: Int
    }
    struct Threads: Decodable {
      let threads: Int
      let medianMs: Double
      let speedup: Double
    }
    struct Interval: Decodable {
      let seconds: Double
      let runs: Int
      let medianMs: Double
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
    let halvesMedianMs: [Double]
    let spread: Double
    let isStable: Bool
    let histogram: Histogram
    let memory: Memory
    let board: Board
    let operatorRuns: Int?
    let operatorBatch: Int?
    let operatorsMedianMs: Double?
    let operatorsOnMs: Double?
    let operatorsOffMs: Double?
    let roofline: Roofline?
    let sweep: [Threads]?
    let soak: [Interval]?
    let operators: [Operator]?
  }

  private func model(_ folder: Folder) throws -> String {
    try folder.write("tiny.edge", TinyModel.int8().encoded())
  }

  private func report(_ arguments: [String], environment: [String: String] = [:]) throws -> Report {
    let folder = try Folder()
    let result = try Program.run(
      ["profile", "-m", try model(folder), "--format", "json"] + arguments, environment: environment)
    #expect(result.status == 0 && result.errorText == "", "\(result.errorText)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: result.output)
  }

  @Test(arguments: [(7, 3), (1, 0), (20, 1)])
  func `as many runs as asked for, the figures in order`(runs: Int, warmup: Int) throws {
    let report = try report(["--runs", "\(runs)", "--warmup", "\(warmup)", "-t", "1"])
    #expect(report.schema == 2 && report.threads == 1)
    #expect(report.numRuns == runs && report.numWarmup == warmup)
    #expect(report.initMs > 0 && report.firstInferenceMs > 0 && report.minMs > 0)
    #expect((report.warmupAvgMs > 0) == (warmup > 0))
    let ordered = [report.minMs, report.medianMs, report.p90Ms, report.p95Ms, report.p99Ms, report.maxMs]
    #expect(ordered == ordered.sorted())
    #expect(report.minMs <= report.avgMs && report.avgMs <= report.maxMs)
    #expect(runs > 1 || report.stddevMs == 0)
    #expect(report.peakBytes == 64 || report.peakBytes == 128)
    #expect(try #require(report.vmHwmBytes) > report.peakBytes)
    #expect(report.operators == nil && report.roofline == nil && report.sweep == nil && report.soak == nil)
    #expect(report.histogram.counts.reduce(0, +) == runs && report.histogram.lowMs == report.minMs)
    #expect(report.halvesMedianMs.count == 2 && report.halvesMedianMs.allSatisfy { $0 >= report.minMs })
  }

  @Test func `time instead of a number of runs`() throws {
    let report = try report(["--min-secs", "50ms", "--warmup", "0", "-t", "1"])
    #expect(report.numRuns >= 50 && report.numWarmup == 0)
    #expect(report.avgMs * Double(report.numRuns) <= 60_000)
  }

  @Test func `memory is what the plan says, drawn as blocks inside the arena`() throws {
    let memory = try report(["--runs", "2", "-t", "1"]).memory
    #expect(memory.promisedBytes == memory.arenaBytes + memory.fileBytes)
    #expect(memory.blocks.map { $0.offset + $0.bytes }.max() == memory.arenaBytes)
    #expect(memory.blocks.allSatisfy { $0.firstOperator <= $0.lastOperator })
    let live = memory.blocks.filter { ($0.firstOperator...$0.lastOperator).contains(memory.peakOperator) }
    #expect(live.reduce(0) { $0 + $1.bytes } == memory.arenaBytes)
    #expect(try #require(memory.weightsResidentBytes) <= memory.fileBytes)
    // Only the static program counts.
    #expect(memory.invokeAllocations ?? 0 == 0)
  }

  @Test func `the board is read from the system's files`() throws {
    let folder = try Folder()
    try folder.write("proc/device-tree/model", Array("Raspberry Pi Zero 2 W Rev 1.0\0".utf8))
    try folder.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", Array("ondemand\n".utf8))
    try folder.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", Array("1000000\n".utf8))
    try folder.write("sys/class/thermal/thermal_zone0/temp", Array("48312\n".utf8))
    try folder.write("sys/devices/platform/soc/soc:firmware/get_throttled", Array("50005\n".utf8))
    let board = try report(["--runs", "1"], environment: ["EDGEINFER_TEST_ROOT": folder.url.path]).board
    #expect(board.model == "Raspberry Pi Zero 2 W Rev 1.0" && board.governor == "ondemand" && board.processors > 0)
    #expect(board.end.mhz == 1000 && board.end.celsius == 48.312 && board.start.throttled == 0x50005)
    #expect(board.kernel != nil && board.programXxh64?.count == 16)
    let text = try Program.run(
      ["profile", "-m", try model(folder), "--runs", "1"], environment: ["EDGEINFER_TEST_ROOT": folder.url.path]
    ).text
    #expect(text.contains("1000 MHz, 48.3 C, THROTTLED, flags 327685"))
    let unknown = try report(["--runs", "1"], environment: ["EDGEINFER_TEST_ROOT": "/nowhere"]).board
    #expect(unknown.model == nil && unknown.governor == nil && unknown.end.mhz == nil && unknown.end.celsius == nil)
  }

  @Test func `threads are compared, and time passes in intervals`() throws {
    let report = try report(["--runs", "3", "-t", "2,1", "--soak", "2"])
    #expect(report.threads == 2)
    let sweep = try #require(report.sweep)
    #expect(sweep.map { $0.threads } == [2, 1] && sweep[1].speedup == 1)
    let soak = try #require(report.soak)
    #expect(soak.count == 2 && soak.allSatisfy { $0.runs > 0 && $0.medianMs > 0 })
    #expect(soak[0].seconds >= 1 && soak[1].seconds >= 2)
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
    let (batch, on, off) = (
      try #require(report.operatorBatch), try #require(report.operatorsOnMs), try #require(report.operatorsOffMs)
    )
    #expect(report.operatorRuns == 5 && [1, 16].contains(batch) && on > 0 && off > 0)
    #expect(operators.allSatisfy { $0.threads == 1 && $0.bound == nil && $0.activationBytes > 0 })
  }

  @Test func `a roofline says what bounds each operator`() throws {
    let report = try report(["--roofline", "--runs", "2", "-t", "1"])
    let roofline = try #require(report.roofline)
    #expect(roofline.peakGmacs > 0 && roofline.bandwidthGbps > 0 && roofline.bandwidthBytes >= 1 << 16)
    #expect(try #require(report.operators).allSatisfy { ["compute", "memory", "neither"].contains($0.bound) })
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
    for option in [
      ["--runs", "0"], ["--warmup", "-1"], ["--runs", "many"], ["--format", "xml"], ["extra"], ["-t", "1,"],
      ["-t", "0"],
      ["--assert", "5%"], ["--min-secs", "soon"], ["--soak", "-1"],
    ] {
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
    #expect(hundred.halves == (25.5, 75.5) && !hundred.isStable && hundred.spread == 90 / 50.5)
    let steady = ProfileStatistics(Array(repeating: [100, 102, 101, 103], count: 10).flatMap { $0 })
    #expect(steady.isStable && steady.halves == (101.5, 101.5) && steady.spread == 0)
    #expect(ProfileStatistics([7]).halves == (7, 7) && ProfileStatistics([7]).isStable)
    let bins = ProfileStatistics(Array(repeating: [10, 12, 13, 19], count: 50).flatMap { $0 } + [500])
      .histogram(binCount: 4)
    #expect(bins.low == 10 && bins.width == 3 && bins.counts == [100, 50, 0, 51])
  }
}
