import CEdgeSystem
import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Command {
  static let profile = Command(
    name: "profile",
    summary: "Measure latency and memory.",
    operands: "",
    details: """
      Loads the model and runs it exactly W + N times on a seeded input, W of them
      not counted. With --ops, N more runs tell the time of each operator; that of a
      small model then runs 16 times in a row, since it is shorter than a clock's tick.
      """,
    options: [.model, .runs, .warmup, .threads, .operators, .profileFormat, .noFuse, .maximumMemory],
    example: "edgeinfer profile -m model.edge --runs 100 -t 1 --ops",
    run: { arguments throws(Failure) in try ProfileCommand(arguments).run() })
}

extension Option {
  fileprivate static let runs = Option("runs", nil, "N", "measured inferences (default 50)")
  fileprivate static let warmup = Option("warmup", nil, "W", "inferences before those (default 5)")
  fileprivate static let operators = Option(
    "ops", nil, nil, "the time of each operator, from N (at most 1000) more inferences")
  fileprivate static let profileFormat = Option("format", nil, "FORMAT", "text (the default) or json")
}

/// `edgeinfer profile`.
private struct ProfileCommand {
  private let profiler: Profiler
  private let path: Path
  private let runCount: Int
  private let warmupCount: Int
  private let measuresOperators: Bool
  private let wantsJSON: Bool
  private let initialization: Int64

  init(_ arguments: Arguments) throws(Failure) {
    guard arguments.operands.isEmpty else {
      throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
    }
    runCount = try arguments.integer(.runs, in: 1...10_000_000) ?? 50
    warmupCount = try arguments.integer(.warmup, in: 0...10_000_000) ?? 5
    measuresOperators = arguments.has(.operators)
    wantsJSON = try arguments.choice(.profileFormat, among: ["text", "json"]) == 1
    let start = edge_clock_ns()
    let interpreter: Interpreter
    (interpreter, path) = try ModelFile.interpreter(arguments)
    initialization = edge_clock_ns() - start
    profiler = Profiler(interpreter)
  }

  func run() throws(Failure) -> ExitCode {
    do throws(InvokeError) {
      try profiler.run(warmupCount: warmupCount, runCount: runCount)
      if measuresOperators { try profiler.runOperators(runCount: runCount) }
    } catch {
      throw Failure(.badData, "\(error.description)")
    }
    let report = ProfileReport(profiler, path, initialization: initialization)
    let output = Output.standard
    if wantsJSON {
      output.write(ProfileJSON(report).bytes)
    } else {
      ProfileText(report, output).write()
    }
    try output.flush()
    return .done
  }
}

/// Everything `profile` has measured. Nanoseconds and bytes.
struct ProfileReport {
  let plan: Plan
  let path: Path
  /// Mapping, verifying and planning the model, allocating the arena, starting the threads.
  let initialization: Int64
  /// The very first run, whether it was a warm-up or not.
  let firstInference: Int64
  let warmupCount: Int
  /// Mean of the warm-up runs; 0 if there were none.
  let warmupMean: Double
  let latency: ProfileStatistics
  let operators: [OperatorTime]
  let operatorRunCount: Int
  let operatorBatch: Int
  /// The largest resident set of the process so far; nil if the system does not say.
  let residentPeak: Int?

  init(_ profiler: Profiler, _ path: Path, initialization: Int64) {
    plan = profiler.interpreter.plan
    self.path = path
    self.initialization = initialization
    firstInference = profiler.warmup.first ?? profiler.runs[0]
    warmupCount = profiler.warmup.count
    warmupMean = profiler.warmup.isEmpty ? 0 : ProfileStatistics(profiler.warmup).mean
    latency = ProfileStatistics(profiler.runs)
    operators = profiler.operators
    operatorRunCount = profiler.operatorRunCount
    operatorBatch = profiler.batch
    residentPeak = Process.statusByteCount("VmHWM:")
  }

  /// Sum of the operators' medians.
  var operatorSum: Double { operators.reduce(0) { $0 + $1.median } }

  /// Indices of `times`, the longest first.
  static func longestFirst(_ times: [Double]) -> [Int] { stableOrder(of: times.count) { times[$0] > times[$1] } }

  /// The kind of a step: its operator's, or "fused_block".
  func name(step: Int) -> String {
    let operators = plan.operatorRanges[step]
    return operators.count == 1 ? plan.model.operators[operators.lowerBound].name : "fused_block"
  }

  /// A kind of operator, all of that kind together.
  struct Kind {
    let name: String
    var count = 0
    var time = 0.0
    var multiplyAccumulateCount = 0
  }

  /// By kind, the one that takes longest first.
  var kinds: [Kind] {
    var kinds: [Kind] = []
    for (index, time) in operators.enumerated() {
      let name = name(step: index)
      let position = kinds.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } ?? kinds.endIndex
      if position == kinds.endIndex { kinds.append(Kind(name: name)) }
      kinds[position].count += 1
      kinds[position].time += time.median
      kinds[position].multiplyAccumulateCount &+= plan.summary(step: index).multiplyAccumulateCount
    }
    return ProfileReport.longestFirst(kinds.map { $0.time }).map { kinds[$0] }
  }
}
