import EdgeFormats
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// An earlier report of `profile --format json`. Milliseconds.
struct Baseline {
  struct Operator {
    let index: Int
    let median: Double
  }

  let path: Path
  let median: Double
  let spread: Double
  let threads: Int
  let fileHash: String?
  let operators: [Operator]

  private static let maximumByteCount = 64 << 20

  init(_ path: Path) throws(Failure) {
    var bytes: [UInt8] = []
    guard let file = File(reading: path) else {
      throw Failure(.noInput, "cannot read \(path): \(SystemError.text)")
    }
    guard file.read(into: &bytes, limit: Baseline.maximumByteCount) else {
      throw Failure(.inputOutput, "cannot read \(path): larger than \(Baseline.maximumByteCount) bytes, or damaged")
    }
    let json: JSONValue
    do throws(JSONValue.Problem) {
      json = try JSONValue(parsing: bytes)
    } catch {
      throw Failure(.badData, "\(path): not JSON at byte \(error.offset); give a file of profile --format json")
    }
    guard let schema = json["schema"]?.number, schema == Double(ProfileJSON.schemaVersion) else {
      throw Failure(
        .badData,
        "\(path): not a report of profile with schema \(ProfileJSON.schemaVersion); make it again with this version")
    }
    guard let median = json["median_ms"]?.number, median > 0, let threads = json["threads"]?.number, threads >= 1,
      threads <= 1024
    else { throw Failure(.badData, "\(path): median_ms or threads is missing") }
    self.path = path
    self.median = median
    self.threads = Int(threads)
    spread = max(json["spread"]?.number ?? 0, 0)
    fileHash = json["file_xxh64"]?.string
    operators = (json["operators"]?.array ?? []).compactMap { entry in
      guard let index = entry["index"]?.number, index >= 0, index < 1e9, let median = entry["median_ms"]?.number
      else { return nil }
      return Operator(index: Int(index), median: median)
    }
  }
}

/// What became slower or faster since an earlier report.
struct ProfileComparison {
  private let baseline: Baseline
  private let report: ProfileReport
  /// By how much the median is longer, as a part of the earlier one; negative if it is shorter.
  let loss: Double
  /// Differences up to this part are not told from noise: half of how far apart the medians of parts were, in both measurements, and
  /// at least 1 %.
  let noise: Double

  init(_ baseline: Baseline, _ report: ProfileReport) {
    (self.baseline, self.report) = (baseline, report)
    loss = report.latency.median / 1e6 / baseline.median - 1
    noise = max((baseline.spread + report.latency.spread) / 2, 0.01)
  }

  func write(_ output: Output) {
    output.write("\ncompared with \(baseline.path)\n")
    if let hash = baseline.fileHash, !hash.utf8.elementsEqual(("\(hash: report.plan.model.fileHash)" as Text).bytes) {
      output.write("  note: that was another model file\n")
    }
    if baseline.threads != report.plan.threads { output.write("  note: that was with \(baseline.threads) threads\n") }
    let verdict: StaticString = loss > noise ? "slower" : loss < -noise ? "faster" : "no different beyond the noise"
    output.write(
      "  median \(percent(loss)), noise \(percent(noise)): \(verdict)\n")
    for (index, change) in changes where change.magnitude > max(noise, 0.05) {
      let (first, name) = (report.plan.operatorRanges[index].lowerBound, report.name(step: index))
      output.write("  operator \(first) \(name) \(percent(change))\n")
    }
  }

  /// Of the operators that both reports have, those with the largest change of the whole first.
  private var changes: [(step: Int, change: Double)] {
    guard let operators = report.operators else { return [] }
    var changes: [(step: Int, change: Double, weight: Double)] = []
    for (step, time) in operators.times.enumerated() {
      let index = report.plan.operatorRanges[step].lowerBound
      guard let before = baseline.operators.first(where: { $0.index == index }), before.median > 0 else { continue }
      let difference = time.median / 1e6 - before.median
      changes.append((step, difference / before.median, difference.magnitude))
    }
    return changes.stablyOrdered { $0.weight > $1.weight }.prefix(10).map { ($0.step, $0.change) }
  }

  private func percent(_ part: Double) -> Text {
    let tenths = Int((part.magnitude * 1000).rounded())
    return "\(part < 0 ? "-" : "+" as StaticString)\(decimals(min(tenths, 1_000_000), 1))%"
  }
}
