import EdgeFormats
import EdgeKernels
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// `edgeinfer profile --format json`: one object on one line. `Sources/edgeinfer/README.md` explains the fields.
struct ProfileJSON {
  static let schemaVersion = 2

  private static let histogramBins = 60

  private var json = JSONWriter()
  private let report: ProfileReport
  private var plan: Plan { report.plan }

  var bytes: [UInt8] { json.bytes + [0x0A] }

  init(_ report: ProfileReport) {
    self.report = report
    json.beginObject()
    json.integer("schema", ProfileJSON.schemaVersion)
    json.string("tool", "edgeinfer \(PackageVersion.text)")
    json.string("file", report.path.text)
    json.string("name", plan.model.name)
    json.integer("file_bytes", plan.model.byteCount)
    json.hash("file_xxh64", plan.model.fileHash)
    json.integer("threads", plan.threads)
    json.boolean("fused", report.isFused)
    json.string("cpu", plan.cpu.description)
    json.milliseconds("init_ms", Double(report.initialization))
    json.milliseconds("first_inference_ms", Double(report.firstInference))
    json.integer("num_warmup", report.warmupCount)
    json.milliseconds("warmup_avg_ms", report.warmupMean)
    writeLatency(report.latency)
    for (key, times) in [("decode" as StaticString, report.decode), ("preprocess", report.preprocess)] {
      guard let times else { continue }
      json.object(key) { json in
        json.milliseconds("avg_ms", times.mean)
        json.milliseconds("median_ms", times.median)
        json.milliseconds("p99_ms", Double(times.percentile(99)))
      }
    }
    json.integer("peak_bytes", plan.memory.peak)
    json.integer("vm_hwm_bytes", report.memory.residentPeak)
    writeMemory(report.memory)
    writeBoard()
    if let counters = report.counters {
      json.object("counters") { json in
        json.integer("cycles", counters.cycles)
        json.integer("instructions", counters.instructions)
        json.integer("cache_misses", counters.cacheMisses)
      }
    }
    if let roofline = report.roofline {
      json.object("roofline") { json in
        json.number("peak_gmacs", roofline.peak)
        json.number("bandwidth_gbps", roofline.bandwidth)
        json.integer("bandwidth_bytes", roofline.byteCount)
      }
    }
    if let operators = report.operators { writeOperators(operators) }
    if !report.sweep.isEmpty { writeSweep() }
    if !report.soak.isEmpty { writeSoak() }
    json.endObject()
  }

  private mutating func writeLatency(_ latency: ProfileStatistics) {
    json.integer("num_runs", latency.count)
    json.milliseconds("avg_ms", latency.mean)
    json.milliseconds("min_ms", Double(latency.minimum))
    json.milliseconds("max_ms", Double(latency.maximum))
    json.milliseconds("stddev_ms", latency.standardDeviation)
    json.milliseconds("median_ms", latency.median)
    json.milliseconds("p90_ms", Double(latency.percentile(90)))
    json.milliseconds("p95_ms", Double(latency.percentile(95)))
    json.milliseconds("p99_ms", Double(latency.percentile(99)))
    json.array("halves_median_ms", [latency.halves.0, latency.halves.1]) { json, median in json.number(median / 1e6) }
    json.number("spread", latency.spread)
    json.boolean("is_stable", latency.isStable)
    let histogram = latency.histogram(binCount: ProfileJSON.histogramBins)
    json.object("histogram") { json in
      json.milliseconds("low_ms", Double(histogram.low))
      json.milliseconds("width_ms", histogram.width)
      json.array("counts", histogram.counts) { json, count in json.integer(count) }
    }
  }

  private mutating func writeMemory(_ memory: MemoryUse) {
    let (plan, allocations) = (plan, report.allocationCount)
    json.object("memory") { json in
      json.integer("arena_bytes", memory.arena)
      json.integer("file_bytes", memory.file)
      json.integer("promised_bytes", memory.promised)
      json.integer("vm_hwm_bytes", memory.residentPeak)
      json.integer("vm_rss_bytes", memory.resident)
      json.integer("stack_bytes", memory.stack)
      json.integer("weights_resident_bytes", memory.residentFile)
      json.integer("invoke_allocations", allocations)
      let step = plan.largestStep.step
      json.integer("peak_operator", step)
      json.integer("operators", plan.model.operators.count)
      let blocks = plan.memoryBlocks
      json.objects("peak_tensors", blocks.filter { $0.steps.contains(step) }) { json, block in
        json.tensor(block, plan)
        json.integer("bytes", block.byteCount)
      }
      json.objects("blocks", blocks) { json, block in
        json.tensor(block, plan)
        json.integer("offset", block.offset)
        json.integer("bytes", block.byteCount)
        json.integer("first_operator", block.steps.lowerBound)
        json.integer("last_operator", block.steps.upperBound)
      }
    }
  }

  private mutating func writeBoard() {
    let report = report
    json.object("board") { json in
      json.string("model", report.board.model?.string)
      json.string("kernel", report.board.kernel?.string)
      json.integer("processors", report.board.processorCount)
      json.string("governor", report.board.governor?.string)
      json.hash("program_xxh64", Board.programHash)
      json.object("start") { $0.state(report.start) }
      json.object("end") { $0.state(report.end) }
    }
  }

  private mutating func writeOperators(_ profile: OperatorProfile) {
    let (report, plan) = (report, plan)
    json.integer("operator_runs", profile.runCount)
    json.integer("operator_batch", profile.batch)
    json.milliseconds("operators_median_ms", profile.sum)
    json.milliseconds("operators_on_ms", profile.on)
    json.milliseconds("operators_off_ms", profile.off)
    json.objects("operators", profile.times.indices) { json, step in
      let time = profile.times[step]
      let (operators, summary) = (plan.operatorRanges[step], plan.summary(step: step))
      json.integer("index", operators.lowerBound)
      json.integer("count", operators.count)
      json.string("operator", report.name(step: step))
      json.string("node", plan.model.nodeName(operators.lowerBound))
      json.string("kernel", summary.kernel)
      json.integer("threads", summary.isShared ? plan.threads : 1)
      json.milliseconds("avg_ms", time.mean)
      json.milliseconds("median_ms", time.median)
      json.number("share", profile.sum > 0 ? time.median / profile.sum : 0)
      json.integer("macs", summary.multiplyAccumulateCount)
      json.integer("weight_bytes", summary.weightByteCount)
      json.integer("activation_bytes", summary.activationByteCount)
      let nanoseconds = max(time.median, 1e-3)
      json.number("gmacs", Double(summary.multiplyAccumulateCount) / nanoseconds)
      json.number("gbps", Double(summary.weightByteCount &+ summary.activationByteCount) / nanoseconds)
      if let bound = report.bound(step: step, time) { json.string("bound", bound.name) }
    }
  }

  private mutating func writeSweep() {
    let one = report.sweep.first { $0.threads == 1 } ?? report.sweep[0]
    json.objects("sweep", report.sweep) { json, result in
      json.integer("threads", result.threads)
      json.integer("peak_bytes", result.peak)
      json.milliseconds("median_ms", result.latency.median)
      json.milliseconds("min_ms", Double(result.latency.minimum))
      json.milliseconds("p90_ms", Double(result.latency.percentile(90)))
      json.milliseconds("p99_ms", Double(result.latency.percentile(99)))
      json.number("speedup", one.latency.median / max(result.latency.median, 1))
    }
  }

  private mutating func writeSoak() {
    json.objects("soak", report.soak) { json, interval in
      json.number("seconds", interval.seconds)
      json.integer("runs", interval.runCount)
      json.milliseconds("median_ms", Double(interval.median))
      json.milliseconds("p99_ms", Double(interval.p99))
      json.milliseconds("max_ms", Double(interval.maximum))
      json.state(interval.state)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func milliseconds(_ key: StaticString, _ nanoseconds: Double) {
    number(key, nanoseconds / 1e6)
  }

  fileprivate mutating func hash(_ key: StaticString, _ hash: UInt64?) {
    string(key, hash.map { ("\(hash: $0)" as Text).string })
  }

  fileprivate mutating func state(_ state: Board.State) {
    integer("mhz", state.megahertz)
    if let celsius = state.celsius {
      number("celsius", celsius)
    } else {
      key("celsius")
      null()
    }
    integer("throttled", state.throttled)
  }

  fileprivate mutating func tensor(_ block: MemoryBlock, _ plan: Plan) {
    guard case .tensor(let index) = block.use else {
      integer("tensor", nil)
      string("name", "scratch memory")
      return
    }
    integer("tensor", index)
    string("name", plan.model.tensorName(index))
  }
}
