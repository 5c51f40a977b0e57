import EdgeModel

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
    row("model", "\(report.path.text), \(plan.model.byteCount) bytes")
    row("cpu", "\(plan.cpu.description); \(plan.threads) thread\(plan.threads == 1 ? "" : "s")")
    row("runs", "\(report.warmupCount) to warm up, \(latency.count) measured")
    row("memory", "\(plan.memory.peak) bytes for activations, as planned")
    if let peak = report.residentPeak { row("", "\(peak) bytes resident at most (VmHWM), program and model included") }
    output.write("\n" + style.bold("latency, ms") + "\n")
    row("init", milliseconds(Double(report.initialization)))
    row("first", milliseconds(Double(report.firstInference)))
    row(
      "mean", "\(milliseconds(latency.mean)), standard deviation \(milliseconds(latency.standardDeviation))")
    row("min, max", "\(milliseconds(Double(latency.minimum))), \(milliseconds(Double(latency.maximum)))")
    row("median", milliseconds(latency.median))
    row(
      "p90 95 99",
      "\(milliseconds(Double(latency.percentile(90)))), \(milliseconds(Double(latency.percentile(95)))), "
        + "\(milliseconds(Double(latency.percentile(99))))")
    if !report.operators.isEmpty {
      writeOperators()
      writeKinds()
    }
    output.write(
      "\nInference timings in us: Init: \(microseconds(Double(report.initialization), 0)), "
        + "First inference: \(microseconds(Double(report.firstInference), 0)), "
        + "Warmup (avg): \(microseconds(report.warmupMean, 2)), Inference (avg): \(microseconds(latency.mean, 2))\n")
  }

  private func writeOperators() {
    output.write(
      "\n" + style.bold("operators") + ", mean of \(report.operatorRunCount) more runs"
        + (report.operatorBatch > 1 ? ", each \(report.operatorBatch) times in a row" : "") + "\n")
    output.write("   # operator                    us  share   kMAC GMAC/s kernel, node\n")
    for index in report.operators.indices.sorted(by: { report.operators[$0] > report.operators[$1] }) {
      let (operation, summary) = (report.plan.model.operators[index], report.plan.summary(step: index))
      let head = "\(index)".paddedLeft(to: 4) + " " + operation.name.padded(to: 20)
      let kernel = summary.kernel.utf8CodeUnitCount > 0 ? "\(summary.kernel), " : ""
      let figures = figures(report.operators[index], summary.multiplyAccumulateCount)
      output.write(printable(head + figures + " \(kernel)\(operation.node.shortened(to: 40))") + "\n")
    }
  }

  private func writeKinds() {
    output.write("\n" + style.bold("by kind") + "\n")
    for kind in report.kinds {
      let head = "\(kind.count)".paddedLeft(to: 4) + " " + kind.name.padded(to: 20)
      output.write(printable(head + figures(kind.time, kind.multiplyAccumulateCount)) + "\n")
    }
    output.write(
      "     sum                 " + microseconds(report.operatorSum, 2).paddedLeft(to: 10)
        + ", beside a mean of \(microseconds(report.latency.mean, 2)) for whole runs\n")
  }

  /// Columns: microseconds, share, thousands of multiply-accumulates, thousand millions of them in a second.
  private func figures(_ time: Double, _ work: Int) -> String {
    let share = report.operatorSum > 0 ? decimals(Int(time / report.operatorSum * 1000 + 0.5), 1) + "%" : ""
    let rate = work > 0 && time > 0 ? decimals(Int(Double(work) / time * 10 + 0.5), 1) : "-"
    return microseconds(time, 2).paddedLeft(to: 10) + share.paddedLeft(to: 7) + "\(work / 1000)".paddedLeft(to: 7)
      + rate.paddedLeft(to: 7)
  }

  private func milliseconds(_ nanoseconds: Double) -> String { decimals(Int(nanoseconds / 10 + 0.5), 5) }

  private func microseconds(_ nanoseconds: Double, _ places: Int) -> String {
    decimals(Int(nanoseconds / (places == 0 ? 1000 : 10) + 0.5), places)
  }

  private func row(_ name: String, _ value: String) {
    output.write(style.dim(name.padded(to: 11)) + " " + printable(value) + "\n")
  }
}
