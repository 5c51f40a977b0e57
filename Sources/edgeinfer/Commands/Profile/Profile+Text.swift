import EdgeKernels
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// `edgeinfer profile` for people, 80 columns wide. The last line is the one that TensorFlow Lite's benchmark_model prints.
struct ProfileText {
  private let report: ProfileReport
  private let output: Output
  private let style: Style
  private let top: Int
  private let drawsMemory: Bool
  private var plan: Plan { report.plan }

  init(_ report: ProfileReport, _ output: Output, top: Int, drawsMemory: Bool) {
    self.report = report
    self.output = output
    self.top = top
    self.drawsMemory = drawsMemory
    style = Style(output)
  }

  func write() {
    writeMachine()
    writeMemory()
    writeLatency()
    if let operators = report.operators {
      writeOperators(operators)
      writeKinds(operators)
    }
    if !report.sweep.isEmpty { writeSweep() }
    if !report.soak.isEmpty { writeSoak() }
    output.write(
      """

      Inference timings in us: Init: \(Int(report.initialization / 1000)), \
      First inference: \(Int(report.firstInference / 1000)), \
      Warmup (avg): \(microseconds(report.warmupMean)), Inference (avg): \(microseconds(report.latency.mean))

      """)
  }

  // MARK: - Machine and memory

  private func writeMachine() {
    row("model", "\(report.path), \(plan.model.byteCount) bytes, xxh64 \(hash: plan.model.fileHash)")
    let board = report.board
    if let model = board.model { row("board", model) }
    let processors: Text = "\(board.processorCount) processors\(plan.cpu.isEmpty ? "" as StaticString : ": ")"
    row("cpu", "\(processors)\(plan.cpu.description)")
    if let kernel = board.kernel { row("kernel", kernel) }
    if let governor = board.governor { row("governor", governor) }
    if let text = state(report.start) { row("at start", text) }
    if let text = state(report.end) { row("at end", text) }
    row("threads", "\(plan.threads)\(report.isFused ? ", operators fused" : "" as StaticString)")
    if let roofline = report.roofline {
      row("peak", "\(tenths(roofline.peak)) GMAC/s in registers, measured now")
      row("", "\(tenths(roofline.bandwidth)) GB/s copying \(roofline.byteCount) bytes")
    }
  }

  private func state(_ state: Board.State) -> Text? {
    var parts: [Text] = []
    if let megahertz = state.megahertz { parts.append("\(megahertz) MHz") }
    if let celsius = state.celsius { parts.append("\(tenths(celsius)) C") }
    if let throttled = state.throttled, throttled & 0xF != 0 { parts.append("THROTTLED, flags \(throttled)") }
    guard var text = parts.first else { return nil }
    for part in parts.dropFirst() { text += ", \(part)" }
    return text
  }

  private func writeMemory() {
    let memory = report.memory
    row("memory", "\(memory.arena) bytes for activations, as planned; set by")
    row("", plan.peakOperator.cut(to: 67))
    row("", "\(memory.promised) bytes with the model's file, as promised")
    if let peak = memory.residentPeak, let now = memory.resident {
      row("", "\(peak) bytes resident at most (VmHWM), \(now) now (VmRSS), program included")
    }
    if let file = memory.residentFile { row("", "\(file) bytes of the model's file in memory") }
    if let stack = memory.stack { row("", "\(stack) bytes of stack") }
    if let count = report.allocationCount { row("", "\(count) blocks allocated by the measured inferences") }
    if let counters = report.counters { writeCounters(counters) }
    guard drawsMemory else { return }
    output.write("\n\(style.bold("arena"))  # written, r read, s scratch, - needed later, . free\n")
    let map = MemoryMap(plan)
    for operators in plan.operatorRanges {
      let name = Text(plan.model.operators[operators.lowerBound].name).cut(to: 18).padded(to: 18)
      let bytes = ("\(map.liveByteCount(step: operators.lowerBound))" as Text).paddedLeft(to: 9)
      output.write(
        "\(("\(operators.lowerBound)" as Text).paddedLeft(to: 4)) \(name)\(map.line(operators: operators))\(bytes)\n")
    }
  }

  private func writeCounters(_ counters: Counters) {
    if let cycles = counters.cycles, let instructions = counters.instructions {
      row("counters", "\(cycles) cycles, \(instructions) instructions an inference, all threads")
    }
    if let misses = counters.cacheMisses { row("", "\(misses) cache misses") }
  }

  // MARK: - Latency

  private func writeLatency() {
    let latency = report.latency
    output.write("\n\(style.bold("latency, ms"))  \(report.warmupCount) runs to warm up, \(latency.count) measured\n")
    row("init", milliseconds(Double(report.initialization)))
    row("first", milliseconds(Double(report.firstInference)))
    row("mean", "\(milliseconds(latency.mean)), standard deviation \(milliseconds(latency.standardDeviation))")
    row("min, max", "\(milliseconds(Double(latency.minimum))), \(milliseconds(Double(latency.maximum)))")
    row("median", milliseconds(latency.median))
    row("p90 95 99", "\(percentile(90)), \(percentile(95)), \(percentile(99))")
    row(
      "halves",
      "\(milliseconds(latency.halves.0)), \(milliseconds(latency.halves.1)); tenths of the runs differ by \(tenths(100 * latency.spread))%"
    )
    if let decode = report.decode, let preprocess = report.preprocess {
      row("decode", "\(milliseconds(decode.median)), median, cropping and resizing included")
      row("preprocess", "\(milliseconds(preprocess.median)), median")
    }
    guard !latency.isStable else { return }
    row("", style.bold("UNSTABLE: the medians of both halves differ by more than 3 %; something"))
    row("", style.bold("else runs, or the clock changes. Measure longer: --min-secs 10"))
  }

  private func percentile(_ percent: Int) -> Text { milliseconds(Double(report.latency.percentile(percent))) }

  // MARK: - Operators

  private func writeOperators(_ profile: OperatorProfile) {
    if profile.batch > 1 {
      output.write(
        "\n\(style.bold("operators")), median of \(profile.runCount) more runs, each \(profile.batch) times in a row\n")
    } else {
      output.write("\n\(style.bold("operators")), median of \(profile.runCount) more inferences\n")
    }
    output.write("   # operator                 us  share    kMAC GMAC/s   GB/s  kernel, node\n")
    for step in ProfileReport.longestFirst(profile.times.map { $0.median }).prefix(top) {
      let (operators, summary, time) = (plan.operatorRanges[step], plan.summary(step: step), profile.times[step])
      let node = Text(plan.model.nodeName(operators.lowerBound))
      writeFigures(
        operators.lowerBound, report.name(step: step), time.median, summary.multiplyAccumulateCount,
        summary.weightByteCount &+ summary.activationByteCount, profile)
      output.write("  ")
      if let bound = report.bound(step: step, time) { output.write("\(Text(stringLiteral: bound.name).padded(to: 8))") }
      if summary.isShared { output.write("x\(plan.threads) ") }
      if summary.kernel.utf8CodeUnitCount > 0 { output.write("\(summary.kernel), ") }
      output.write("\(node.shortened(to: 40).printable())\n")
    }
  }

  private func writeKinds(_ profile: OperatorProfile) {
    output.write("\n\(style.bold("by kind"))\n")
    for kind in report.kinds(profile) {
      writeFigures(kind.count, kind.name, kind.time, kind.multiplyAccumulateCount, kind.byteCount, profile)
      output.write("\n")
    }
    let (sum, off) = (microseconds(profile.sum), microseconds(profile.off))
    output.write("     sum              \(sum.paddedLeft(to: 10)) of \(off), the median of whole inferences;\n")
    if profile.batch == 1 {
      let cost = profile.off > 0 ? profile.on / profile.off - 1 : 0
      let sign: StaticString = cost < 0 ? "-" : ""
      output.write("     taking operators' times cost \(sign)\(tenths(100 * cost.magnitude))%\n")
    } else {
      output.write("     in a row operators find their data in the cache, so that the sum may differ\n")
    }
  }

  /// Columns: a number, a name, microseconds, share, thousands of multiply-accumulates, thousand millions of them and of bytes a second.
  private func writeFigures(
    _ number: Int, _ name: String, _ time: Double, _ work: Int, _ bytes: Int, _ profile: OperatorProfile
  ) {
    func rate(_ amount: Int) -> Text { amount > 0 && time > 0 ? tenths(Double(amount) / time) : "-" }
    let columns: [(Text, Int)] = [
      (microseconds(time), 10), ("\(tenths(profile.sum > 0 ? 100 * time / profile.sum : 0))%", 7),
      ("\(work / 1000)", 8),
      (rate(work), 7), (rate(bytes), 7),
    ]
    output.write("\(("\(number)" as Text).paddedLeft(to: 4)) \(Text(name).printable().cut(to: 17).padded(to: 17))")
    for (text, width) in columns { output.write(text.paddedLeft(to: width)) }
  }

  // MARK: - Threads and time

  private func writeSweep() {
    let one = report.sweep.first { $0.threads == 1 } ?? report.sweep[0]
    output.write("\n\(style.bold("threads"))  median ms    min ms    p90 ms  speed-up  peak bytes\n")
    for result in report.sweep {
      let speedup = one.latency.median / max(result.latency.median, 1)
      let columns: [(Text, Int)] = [
        ("\(result.threads)", 7), (milliseconds(result.latency.median), 11),
        (milliseconds(Double(result.latency.minimum)), 10), (milliseconds(Double(result.latency.percentile(90))), 10),
        (decimals(Int(speedup * 100 + 0.5), 2), 10), ("\(result.peak)", 12),
      ]
      for (text, width) in columns { output.write(text.paddedLeft(to: width)) }
      output.write("\n")
    }
  }

  /// A line for each interval, with the median drawn.
  private func writeSoak() {
    output.write("\n\(style.bold("soak"))  seconds  median ms    p99 ms    MHz      C\n")
    var longest: Int64 = 1
    for interval in report.soak { longest = max(longest, interval.median) }
    for interval in report.soak {
      let state = interval.state
      let columns: [(Text, Int)] = [
        (tenths(interval.seconds), 13), (milliseconds(Double(interval.median)), 11),
        (milliseconds(Double(interval.p99)), 10), (state.megahertz.map { "\($0)" } ?? "-", 7),
        (state.celsius.map { tenths($0) } ?? "-", 7),
      ]
      for (text, width) in columns { output.write(text.paddedLeft(to: width)) }
      let bar = [UInt8](repeating: UInt8(ascii: "#"), count: Int(interval.median * 28 / longest))
      output.write("  \(utf8: bar)\n")
    }
  }

  // MARK: - Figures

  private func milliseconds(_ nanoseconds: Double) -> Text { decimals(Int(nanoseconds / 10 + 0.5), 5) }

  private func microseconds(_ nanoseconds: Double) -> Text { decimals(Int(nanoseconds / 10 + 0.5), 2) }

  private func tenths(_ value: Double) -> Text { decimals(Int(min(value, 1e12) * 10 + 0.5), 1) }

  private func row(_ name: Text, _ value: Text) {
    output.write("\(style.dim(name.padded(to: 11))) \(value)\n")
  }
}
