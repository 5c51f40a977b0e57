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
      Loads the model and runs it on a seeded input: with --runs exactly W + N times,
      else for a second. --ops adds, in as many more runs (at most 1000, which take
      turns with ordinary ones), what each operator takes; if an inference is shorter
      than 20 us, operators then run 16 times in a row instead.

      The JSON is what --compare reads. Its page is drawn on another machine, which
      keeps this program small: edgequant report profile.json -o profile.html.
      Perfetto (ui.perfetto.dev) and chrome://tracing show the file of --trace.
      """,
    options: [
      .model, .runs, .minimumSeconds, .warmup, .threadCounts, .operators, .operatorCount, .picture, .roofline, .memory,
      .soak,
      .trace,
      .compare, .assertion, .profileFormat, .outputFile, .noFuse, .maximumMemory, .quiet,
    ],
    example: "edgeinfer profile -m model.edge --ops --roofline",
    run: { arguments throws(Failure) in try ProfileCommand(arguments).run() })
}

extension Option {
  fileprivate static let runs = Option(
    "runs", nil, "N", "measured inferences, exactly (default: for a second,\n50 at least)")
  fileprivate static let minimumSeconds = Option(
    "min-secs", nil, "TIME", "measure for so long at least, as 5 or 500ms; --runs is\nthen the least number")
  fileprivate static let warmup = Option(
    "warmup", nil, "W", "inferences before those (default 5; without --runs for\n0.2 s)")
  fileprivate static let threadCounts = Option(
    "threads", "t", "N,...", "threads; of several numbers the first is reported in\nfull, the others are compared")
  fileprivate static let operators = Option("ops", nil, nil, "what each operator takes")
  fileprivate static let operatorCount = Option(
    "top", "k", "N", "with --ops, list the N longest (default: all)")
  fileprivate static let picture = Option(
    "picture", nil, "FILE",
    "a JPEG file instead of seeded numbers, decoded before\neach inference, with the time that takes")
  fileprivate static let roofline = Option(
    "roofline", nil, nil, "measure this machine's peak too, and say what bounds\neach operator; implies --ops")
  fileprivate static let memory = Option("memory", nil, nil, "draw the arena over time")
  fileprivate static let soak = Option(
    "soak", nil, "TIME", "then run for so long, as 30m, and show latency and heat\nover time")
  fileprivate static let trace = Option(
    "trace", nil, "FILE", "write the last 20 inferences as a trace; implies --ops")
  fileprivate static let compare = Option(
    "compare", nil, "FILE", "say what is slower than in an earlier JSON")
  fileprivate static let assertion = Option(
    "assert", nil, "P%", "with --compare: exit code 1 if the median is more than\nP percent slower, beyond the noise")
  fileprivate static let profileFormat = Option("format", nil, "FORMAT", "text (the default) or json")
}

/// `edgeinfer profile`.
private struct ProfileCommand {
  private let arguments: Arguments
  private let warmup: RunAmount
  private let runs: RunAmount
  private let threadCounts: [Int]
  private let soak: Int64?
  private let trace: Path?
  private let baseline: Baseline?
  private let allowedLoss: Double?
  private let wantsJSON: Bool
  private let verbosity: Verbosity
  private let top: Int

  init(_ arguments: Arguments) throws(Failure) {
    guard arguments.operands.isEmpty else {
      throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
    }
    self.arguments = arguments
    let runCount = try arguments.integer(.runs, in: 1...RunAmount.maximumCount)
    let minimum = try arguments.duration(.minimumSeconds)
    runs = RunAmount(count: runCount ?? 50, duration: minimum ?? (runCount == nil ? 1_000_000_000 : 0))
    let warmupCount = try arguments.integer(.warmup, in: 0...RunAmount.maximumCount)
    warmup = RunAmount(
      count: warmupCount ?? 5, duration: warmupCount == nil && runs.duration > 0 ? 200_000_000 : 0)
    threadCounts = try arguments.integers(.threadCounts, in: 1...256) ?? [Process.defaultThreadCount]
    soak = try arguments.duration(.soak)
    trace = try arguments.path(.trace)
    top = try arguments.integer(.operatorCount, in: 1...1_000_000) ?? .max
    allowedLoss = try arguments.percentage(.assertion)
    wantsJSON = try arguments.choice(.profileFormat, among: ["text", "json"]) == 1
    verbosity = Verbosity(arguments)
    baseline = try arguments.path(.compare).map { path throws(Failure) in try Baseline(path) }
    if allowedLoss != nil, baseline == nil { throw arguments.usage("--assert needs --compare") }
  }

  func run() throws(Failure) -> ExitCode {
    let (board, before) = (Board(), Board.State())
    let path = try ModelFile.find(arguments)
    let counters = Counters()
    let start = edge_clock_ns()
    let interpreter = try ModelFile.interpreter(plan(path, threads: threadCounts[0]), path)
    let loaded = edge_clock_ns()
    let input =
      try arguments.path(.picture).map { picture throws(Failure) in
        try ProfileInput(interpreter, picture: picture, model: path)
      } ?? ProfileInput(interpreter)
    let profiler = Profiler(interpreter, input)
    var trace = trace.map { _ in Trace(interpreter.plan, loading: start..<loaded) }
    try measured { () throws(InvokeError) in
      try profiler.run(warmup: warmup, runs, counters: counters)
      if measuresOperators { try profiler.measureOperators(runCount: profiler.runs.count, &trace) }
    }
    var report = ProfileReport(
      profiler, path, isFused: !interpreter.plan.blocks.isEmpty, initialization: loaded - start, board: board,
      start: before, counters: counters)
    if arguments.has(.roofline) { report.roofline = Roofline(interpreter.plan, threads: interpreter.plan.threads) }
    report.sweep = try sweep(path, report)
    report.soak = try soak(profiler)
    try write(report)
    if let path = self.trace, let trace {
      let output = try Output(creating: path)
      trace.write(output, report)
      try output.close()
    }
    return try compare(report)
  }

  private var measuresOperators: Bool { arguments.has(.operators) || trace != nil || arguments.has(.roofline) }

  private func plan(_ path: Path, threads: Int) throws(Failure) -> Plan {
    let plan = try ModelFile.plan(
      ModelFile.load(path), path, threads: threads, fuses: !arguments.has(.noFuse),
      memoryLimit: arguments.byteCount(.maximumMemory))
    if !arguments.has(.noFuse) { ModelFile.warn(plan, path, verbosity) }
    return plan
  }

  private func measured(_ body: () throws(InvokeError) -> Void) throws(Failure) {
    do throws(InvokeError) { try body() } catch { throw Failure(.badData, "\(error.description)") }
  }

  /// The other numbers of threads, after the first, whose result is known.
  private func sweep(_ path: Path, _ report: ProfileReport) throws(Failure) -> [ThreadResult] {
    guard threadCounts.count > 1 else { return [] }
    var results = [ThreadResult(threads: threadCounts[0], peak: report.plan.memory.peak, latency: report.latency)]
    for threads in threadCounts.dropFirst() {
      let interpreter = try ModelFile.interpreter(plan(path, threads: threads), path)
      let profiler = Profiler(interpreter, ProfileInput(interpreter))
      try measured { () throws(InvokeError) in try profiler.run(warmup: warmup, runs, counters: nil) }
      results.append(
        ThreadResult(
          threads: threads, peak: interpreter.plan.memory.peak, latency: ProfileStatistics(profiler.runs)))
    }
    return results
  }

  /// Intervals of a long measurement: at most sixty, none shorter than a second unless all of it is.
  private func soak(_ profiler: Profiler) throws(Failure) -> [SoakInterval] {
    guard let soak else { return [] }
    let count = min(max(soak / 1_000_000_000, 1), 60)
    let start = edge_clock_ns()
    var intervals: [SoakInterval] = []
    for number in 1...Int(count) {
      var histogram = DurationHistogram()
      let end = start + soak / count * Int64(number)
      try measured { () throws(InvokeError) in try profiler.run(until: end, into: &histogram) }
      intervals.append(
        SoakInterval(
          seconds: Double(edge_clock_ns() - start) / 1e9, runCount: histogram.count,
          median: histogram.percentile(thousandths: 500), p99: histogram.percentile(thousandths: 990),
          maximum: histogram.percentile(thousandths: 1000), state: Board.State()))
      if Output.standardError.isTerminal, verbosity > .quiet {
        let end: StaticString = number == count ? "\n" : ""
        Console.write("\r\(number) of \(Int(count)) intervals\(end)")
      }
    }
    return intervals
  }

  private func write(_ report: ProfileReport) throws(Failure) {
    let output = try arguments.path(.outputFile).map { path throws(Failure) in try Output(creating: path) }
    let results = output ?? Output.standard
    if wantsJSON {
      results.write(ProfileJSON(report).bytes)
    } else {
      ProfileText(report, results, top: top, drawsMemory: arguments.has(.memory)).write()
    }
    try results.close()
  }

  /// On standard output, behind the text; the JSON stays alone there.
  private func compare(_ report: ProfileReport) throws(Failure) -> ExitCode {
    guard let baseline else { return .done }
    let comparison = ProfileComparison(baseline, report)
    let output = wantsJSON ? Output.standardError : Output.standard
    comparison.write(output)
    try output.flush()
    guard let allowedLoss, comparison.loss > allowedLoss + comparison.noise else { return .done }
    return .checkFailed
  }
}
