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
    integer("schema", ProfileJSON.schemaVersion)
    string("file", report.path.text.string)
    string("name", plan.model.name)
    integer("threads", plan.threads)
    string("cpu", plan.cpu.description)
    milliseconds("init_ms", Double(report.initialization))
    milliseconds("first_inference_ms", Double(report.firstInference))
    integer("num_warmup", report.warmupCount)
    milliseconds("warmup_avg_ms", report.warmupMean)
    integer("num_runs", latency.count)
    milliseconds("avg_ms", latency.mean)
    milliseconds("min_ms", Double(latency.minimum))
    milliseconds("max_ms", Double(latency.maximum))
    milliseconds("stddev_ms", latency.standardDeviation)
    milliseconds("median_ms", latency.median)
    milliseconds("p90_ms", Double(latency.percentile(90)))
    milliseconds("p95_ms", Double(latency.percentile(95)))
    milliseconds("p99_ms", Double(latency.percentile(99)))
    integer("peak_bytes", plan.memory.peak)
    integer("file_bytes", plan.model.byteCount)
    json.key("vm_hwm_bytes")
    if let peak = report.residentPeak { json.integer(peak) } else { json.null() }
    if !report.operators.isEmpty { writeOperators(report) }
    json.endObject()
  }

  private mutating func writeOperators(_ report: ProfileReport) {
    integer("operator_runs", report.operatorRunCount)
    integer("operator_batch", report.operatorBatch)
    milliseconds("operators_median_ms", report.operatorSum)
    json.key("operators")
    json.beginArray()
    for (step, time) in report.operators.enumerated() {
      let (operators, summary) = (report.plan.operatorRanges[step], report.plan.summary(step: step))
      let operation = report.plan.model.operators[operators.lowerBound]
      json.beginObject()
      integer("index", operators.lowerBound)
      integer("count", operators.count)
      string("operator", report.name(step: step))
      string("node", operation.node)
      string("kernel", summary.kernel.description)
      milliseconds("avg_ms", time.mean)
      milliseconds("median_ms", time.median)
      json.key("share")
      json.number(report.operatorSum > 0 ? time.median / report.operatorSum : 0)
      integer("macs", summary.multiplyAccumulateCount)
      json.endObject()
    }
    json.endArray()
  }

  private mutating func milliseconds(_ key: StaticString, _ nanoseconds: Double) {
    json.key(key)
    json.number(nanoseconds / 1e6)
  }

  private mutating func integer(_ key: StaticString, _ value: Int) {
    json.key(key)
    json.integer(value)
  }

  private mutating func string(_ key: StaticString, _ value: String) {
    json.key(key)
    json.string(value)
  }
}
