import EdgeFormats
import EdgeKernels
import EdgeModel
import EdgeRuntime

/// `edgeinfer profile --format json`: one object on one line. `Sources/edgeinfer/README.md` explains the fields.
struct ProfileJSON {
  static let schemaVersion = 1

  private var json = JSONWriter()

  var bytes: [UInt8] { json.bytes + [0x0A] }

  init(_ report: ProfileReport) {
    let (plan, latency) = (report.plan, report.latency)
    json.beginObject()
    json.integer("schema", ProfileJSON.schemaVersion)
    json.string("file", report.path.text.string)
    json.string("name", plan.model.name)
    json.integer("threads", plan.threads)
    json.string("cpu", plan.cpu.description)
    json.milliseconds("init_ms", Double(report.initialization))
    json.milliseconds("first_inference_ms", Double(report.firstInference))
    json.integer("num_warmup", report.warmupCount)
    json.milliseconds("warmup_avg_ms", report.warmupMean)
    json.integer("num_runs", latency.count)
    json.milliseconds("avg_ms", latency.mean)
    json.milliseconds("min_ms", Double(latency.minimum))
    json.milliseconds("max_ms", Double(latency.maximum))
    json.milliseconds("stddev_ms", latency.standardDeviation)
    json.milliseconds("median_ms", latency.median)
    json.milliseconds("p90_ms", Double(latency.percentile(90)))
    json.milliseconds("p95_ms", Double(latency.percentile(95)))
    json.milliseconds("p99_ms", Double(latency.percentile(99)))
    json.integer("peak_bytes", plan.memory.peak)
    json.integer("file_bytes", plan.model.byteCount)
    json.integer("vm_hwm_bytes", report.residentPeak)
    if !report.operators.isEmpty { writeOperators(report) }
    json.endObject()
  }

  private mutating func writeOperators(_ report: ProfileReport) {
    json.integer("operator_runs", report.operatorRunCount)
    json.integer("operator_batch", report.operatorBatch)
    json.milliseconds("operators_median_ms", report.operatorSum)
    json.objects("operators", report.operators.enumerated()) { json, operation in
      let (step, time) = operation
      let (operators, summary) = (report.plan.operatorRanges[step], report.plan.summary(step: step))
      json.integer("index", operators.lowerBound)
      json.integer("count", operators.count)
      json.string("operator", report.name(step: step))
      json.string("node", report.plan.model.nodeName(operators.lowerBound))
      json.string("kernel", summary.kernel.description)
      json.milliseconds("avg_ms", time.mean)
      json.milliseconds("median_ms", time.median)
      json.number("share", report.operatorSum > 0 ? time.median / report.operatorSum : 0)
      json.integer("macs", summary.multiplyAccumulateCount)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func milliseconds(_ key: StaticString, _ nanoseconds: Double) {
    number(key, nanoseconds / 1e6)
  }
}
