import CEdgeSystem
import EdgeFormats
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Inferences, operators and threads over time, in the Trace Event Format, which Perfetto and Chrome show
/// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
///
/// The first track has the inferences and, inside them, the operators: each from the end of the one before to its own. Further tracks have
/// what each thread did.
struct Trace {
  /// The last so many inferences are kept.
  static let inferenceCount = 20

  private struct Inference {
    let start: UInt64
    /// Of the picture, if there was one.
    let marks: (begin: UInt64, decoded: UInt64, written: UInt64)?
    /// When each step ended.
    let ends: [UInt64]
    /// By step: what its threads did, if several shared it.
    let parts: [[StepTimes.Part]]
  }

  private let plan: Plan
  /// Loading, in nanoseconds of the clock.
  private let loading: Range<Int64>
  private var inferences: [Inference] = []
  private var nanosecondsPerTick = 1.0
  private var origin: (ticks: UInt64, nanoseconds: Int64) = (0, 0)

  init(_ plan: Plan, loading: Range<Int64>) {
    self.plan = plan
    self.loading = loading
  }

  mutating func add(_ times: StepTimes, _ marks: (begin: UInt64, decoded: UInt64, written: UInt64)?) {
    inferences.append(
      Inference(
        start: times.start, marks: marks, ends: (0..<times.stepCount).map { times.end(step: $0) },
        parts: (0..<times.stepCount).map { step in
          let count = times.partCount(step: step)
          return count > 1 ? (0..<count).map { times.part($0, step: step) } : []
        }))
  }

  /// - Parameters:
  ///   - startTicks: what the ticks were at `start`, a time of the clock.
  mutating func setScale(nanosecondsPerTick: Double, startTicks: UInt64, start: Int64) {
    self.nanosecondsPerTick = nanosecondsPerTick
    origin = (startTicks, start)
  }

  /// - Parameter report: what was measured beside it.
  func write(_ output: Output, _ report: ProfileReport) {
    output.write("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"inferences\":\(inferences.count)},\"traceEvents\":[")
    var events = TraceEvents(output)
    events.name("process_name", track: 0, "edgeinfer \(plan.model.name)")
    events.name("thread_name", track: 1, "inferences")
    for thread in 0..<(plan.threads > 1 ? plan.threads : 0) {
      events.name("thread_name", track: 2 + thread, "thread \(thread)")
    }
    events.span("load", "load \(report.path)", track: 1, 0, loading.upperBound - loading.lowerBound)
    for (number, inference) in inferences.enumerated() {
      guard let end = inference.ends.last else { continue }
      if let marks = inference.marks {
        events.span("decode", "decode", track: 1, time(marks.begin), time(marks.decoded))
        events.span("preprocess", "preprocess", track: 1, time(marks.decoded), time(marks.written))
      }
      events.span("inference", "inference \(number)", track: 1, time(inference.start), time(end))
      var begin = inference.start
      for (step, end) in inference.ends.enumerated() {
        write(step, to: &events, report, track: 1, begin, end)
        for (thread, part) in inference.parts[step].enumerated() {
          write(step, to: &events, report, track: 2 + thread, part.begin, part.end)
        }
        begin = max(begin, end)
      }
    }
    output.write("\n]}\n")
  }

  private func write(
    _ step: Int, to events: inout TraceEvents, _ report: ProfileReport, track: Int, _ begin: UInt64, _ end: UInt64
  ) {
    let first = plan.operatorRanges[step].lowerBound
    let (name, kernel) = (report.name(step: step), plan.summary(step: step).kernel)
    events.span(
      "operator", "\(name) \(plan.model.nodeName(first))", track: track, time(begin), time(max(begin, end))
    ) { json in
      json.integer("operator", first)
      json.string("kernel", kernel)
    }
  }

  /// Nanoseconds since loading began.
  private func time(_ ticks: UInt64) -> Int64 {
    let since = Double(Int64(bitPattern: ticks &- origin.ticks)) * nanosecondsPerTick
    return origin.nanoseconds - loading.lowerBound + Int64(since)
  }
}

/// Writes events, one a line.
private struct TraceEvents {
  private let output: Output
  private var isFirst = true

  init(_ output: Output) { self.output = output }

  mutating func name(_ kind: StaticString, track: Int, _ name: Text) {
    event("M", "\(kind)", track) { json in json.object("args") { $0.string("name", name) } }
  }

  /// - Parameters:
  ///   - begin: nanoseconds.
  ///   - arguments: writes members of `args`.
  mutating func span(
    _ category: StaticString, _ name: Text, track: Int, _ begin: Int64, _ end: Int64,
    _ arguments: (inout JSONWriter) -> Void = { _ in }
  ) {
    event("X", name, track) { json in
      json.string("cat", category)
      // Microseconds.
      json.number("ts", Double(begin) / 1000)
      json.number("dur", Double(end - begin) / 1000)
      json.object("args", arguments)
    }
  }

  @inline(never)
  private mutating func event(
    _ phase: StaticString, _ name: Text, _ track: Int, _ members: (inout JSONWriter) -> Void
  ) {
    var json = JSONWriter()
    json.beginObject()
    json.string("ph", phase)
    json.string("name", name)
    json.integer("pid", 1)
    json.integer("tid", track)
    members(&json)
    json.endObject()
    output.write(isFirst ? "\n" : ",\n")
    output.write(json.bytes)
    isFirst = false
  }
}
