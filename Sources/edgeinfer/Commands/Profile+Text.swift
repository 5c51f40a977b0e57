import EdgeKernels
import EdgeModel
import EdgeRuntime

/// `edgeinfer profile` for people, 80 columns wide. The last line is the one that TensorFlow Lite's benchmark_model prints.
struct ProfileText {
  private let report: ProfileReport
  private let output: Output
  private let style: Style

  init(_ report: ProfileReport, _ output: Output) {
    self.report = report
    self.output = output
    style = Style(output)
  }

  func write() {
    let (plan, latency) = (report.plan, report.latency)
    row("model", "\(report.path), \(plan.model.byteCount) bytes")
    row("cpu", "\(plan.cpu.description)")
    row("threads", "\(plan.threads)")
    row("runs", "\(report.warmupCount) to warm up, \(latency.count) measured")
    row("memory", "\(plan.memory.peak) bytes for activations, as planned")
    if let peak = report.residentPeak { row("", "\(peak) bytes resident at most (VmHWM), program and model included") }
    output.write("\n\(style.bold("latency, ms"))\n")
    row("init", milliseconds(Double(report.initialization)))
    row("first", milliseconds(Double(report.firstInference)))
    row("mean", "\(milliseconds(latency.mean)), standard deviation \(milliseconds(latency.standardDeviation))")
    row("min, max", "\(milliseconds(Double(latency.minimum))), \(milliseconds(Double(latency.maximum)))")
    row("median", milliseconds(latency.median))
    row("p90 95 99", "\(percentile(90)), \(percentile(95)), \(percentile(99))")
    if !report.operators.isEmpty {
      writeOperators()
      writeKinds()
    }
    output.write(
      """

      Inference timings in us: Init: \(Int(report.initialization / 1000)), \
      First inference: \(Int(report.firstInference / 1000)), \
      Warmup (avg): \(microseconds(report.warmupMean)), Inference (avg): \(microseconds(latency.mean))

      """)
  }

  private func writeOperators() {
    output.write("\n\(style.bold("operators")), median of \(report.operatorRunCount) more runs")
    if report.operatorBatch > 1 { output.write(", each \(report.operatorBatch) times in a row") }
    output.write("\n   # operator                    us  share    kMAC GMAC/s kernel, node\n")
    for step in ProfileReport.longestFirst(report.operators.map { $0.median }) {
      let (operators, summary) = (report.plan.operatorRanges[step], report.plan.summary(step: step))
      let node = Text(report.plan.model.nodeName(operators.lowerBound))
      writeFigures(
        operators.lowerBound, report.name(step: step), report.operators[step].median, summary.multiplyAccumulateCount)
      if summary.kernel.utf8CodeUnitCount > 0 { output.write(" \(summary.kernel),") }
      output.write(" \(node.shortened(to: 40).printable())\n")
    }
  }

  private func writeKinds() {
    output.write("\n\(style.bold("by kind"))\n")
    for kind in report.kinds {
      writeFigures(kind.count, kind.name, kind.time, kind.multiplyAccumulateCount)
      output.write("\n")
    }
    output.write("     sum                 \(microseconds(report.operatorSum).paddedLeft(to: 10))")
    output.write(" beside \(microseconds(report.latency.median)), the median of whole runs\n")
  }

  /// Columns: a number, a name, microseconds, share, thousands of multiply-accumulates, thousand millions of them in a second.
  private func writeFigures(_ number: Int, _ name: String, _ time: Double, _ work: Int) {
    let share = report.operatorSum > 0 ? time / report.operatorSum : 0
    let rate = work > 0 && time > 0 ? decimals(Int(Double(work) / time * 10 + 0.5), 1) : "-"
    let columns: [(Text, Int)] = [
      (microseconds(time), 10), ("\(decimals(Int(share * 1000 + 0.5), 1))%", 7), ("\(work / 1000)", 8), (rate, 7),
    ]
    output.write("\(("\(number)" as Text).paddedLeft(to: 4)) \(Text(name).printable().padded(to: 20))")
    for (text, width) in columns { output.write(text.paddedLeft(to: width)) }
  }

  private func percentile(_ percent: Int) -> Text { milliseconds(Double(report.latency.percentile(percent))) }

  private func milliseconds(_ nanoseconds: Double) -> Text { decimals(Int(nanoseconds / 10 + 0.5), 5) }

  private func microseconds(_ nanoseconds: Double) -> Text { decimals(Int(nanoseconds / 10 + 0.5), 2) }

  private func row(_ name: Text, _ value: Text) {
    output.write("\(style.dim(name.padded(to: 11))) \(value.printable())\n")
  }
}
