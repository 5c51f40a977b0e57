import CEdgeHeap
import CEdgeSystem
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// How many inferences are measured.
struct RunAmount {
  /// At least so many, and exactly so many if there is no duration.
  var count: Int
  /// Nanoseconds that they take together at least; 0 for any.
  var duration: Int64 = 0

  /// Samples are kept in memory, so there are never more.
  static let maximumCount = 1_000_000

  fileprivate func isReached(_ count: Int, _ since: Int64) -> Bool {
    guard count >= self.count else { return false }
    return duration == 0 || count >= RunAmount.maximumCount || edge_clock_ns() - since >= duration
  }
}

/// Runs a model and takes the time.
final class Profiler {
  let interpreter: Interpreter
  let input: ProfileInput
  private(set) var warmup: [Int64] = []
  private(set) var runs: [Int64] = []
  /// After the first inference: the times of many more would count as memory of the model's.
  private(set) var memory: MemoryUse?
  /// nil if not measured.
  private(set) var operators: OperatorProfile?
  /// Blocks of memory that the measured inferences allocated, all together; nil if the program cannot tell.
  private(set) var allocationCount: Int?

  init(_ interpreter: Interpreter, _ input: ProfileInput) { (self.interpreter, self.input) = (interpreter, input) }

  func run(warmup warmupAmount: RunAmount, _ amount: RunAmount, counters: Counters?) throws(InvokeError) {
    warmup.reserveCapacity(warmupAmount.count)
    var start = edge_clock_ns()
    while !warmupAmount.isReached(warmup.count, start) { warmup.append(try inference()) }
    runs.reserveCapacity(amount.duration > 0 ? RunAmount.maximumCount : amount.count)
    let allocationsBefore = edge_heap_allocation_count()
    start = edge_clock_ns()
    counters?.start()
    while !amount.isReached(runs.count, start) { runs.append(try inference()) }
    counters?.stop(runs: runs.count)
    if edge_heap_is_malloc() { allocationCount = Int(edge_heap_allocation_count() - allocationsBefore) }
  }

  /// One inference after another for a time.
  /// - Parameters:
  ///   - until: of `edge_clock_ns()`.
  ///   - histogram: takes all times.
  func run(until end: Int64, into histogram: inout DurationHistogram) throws(InvokeError) {
    repeat { histogram.add(try inference()) } while edge_clock_ns() < end
  }

  /// - Returns: nanoseconds.
  private func inference(recording times: StepTimes? = nil) throws(InvokeError) -> Int64 {
    input.write()
    let start = edge_clock_ns()
    try interpreter.invoke(recording: times)
    let end = edge_clock_ns()
    if memory == nil { memory = MemoryUse(interpreter.plan) }
    return end - start
  }

  // MARK: - Operators

  /// Inferences of more runs would take more memory and say nothing new.
  static let operatorRunLimit = 1000

  /// In nanoseconds: inferences that are shorter would be slowed down by reading a clock after each operator. Theirs run many times in a row.
  private static let shortInference = 20_000.0
  private static let repetitions = 16

  /// Takes the time of each operator: in `runCount` more inferences, at most 1000, that take turns with as many ordinary ones.
  /// - Parameter trace: keeps the last inferences.
  func measureOperators(runCount: Int, _ trace: inout Trace?) throws(InvokeError) {
    let count = min(runCount, Profiler.operatorRunLimit)
    let times = StepTimes(interpreter.plan)
    var samples = StepSamples(stepCount: interpreter.plan.stepCount, runCount: count)
    var (with, without): ([Int64], [Int64]) = ([], [])
    let (startTicks, start) = (edge_ticks(), edge_clock_ns())
    for run in 0..<count {
      without.append(try inference())
      with.append(try inference(recording: times))
      for step in 0..<times.stepCount { samples[step, run] = Double(times.duration(step: step)) }
      if count - run <= Trace.inferenceCount { trace?.add(times, input.marks) }
    }
    let scale = Double(edge_clock_ns() - start) / Double(max(edge_ticks() - startTicks, 1))
    trace?.setScale(nanosecondsPerTick: scale, startTicks: startTicks, start: start)
    let (on, off) = (ProfileStatistics(with).median, ProfileStatistics(without).median)
    guard off < Profiler.shortInference else {
      operators = OperatorProfile(
        times: samples.times(scale), runCount: count, batch: 1, on: on, off: off)
      return
    }
    try measureInBatches(&samples, count)
    operators = OperatorProfile(
      times: samples.times(1 / Double(Profiler.repetitions)), runCount: count, batch: Profiler.repetitions, on: on,
      off: off)
  }

  private func measureInBatches(_ samples: inout StepSamples, _ count: Int) throws(InvokeError) {
    for run in 0..<count {
      input.write()
      var start = edge_clock_ns()
      for step in 0..<interpreter.plan.stepCount {
        for _ in 0..<Profiler.repetitions { try interpreter.run(step: step) }
        let end = edge_clock_ns()
        samples[step, run] = Double(end - start)
        start = end
      }
    }
  }
}

/// What each operator takes.
struct OperatorProfile {
  /// By step of the plan.
  let times: [OperatorTime]
  let runCount: Int
  /// How often an operator ran in a row between two readings of the clock; 1 if it was timed within inferences.
  let batch: Int
  /// Medians of whole inferences, with operators timed and without, that took turns. Nanoseconds.
  let on: Double
  let off: Double

  /// Sum of the operators' medians.
  var sum: Double { times.reduce(0) { $0 + $1.median } }
}

/// Nanoseconds of one operator in one inference.
struct OperatorTime {
  let mean: Double
  /// What it takes when nothing interrupts it.
  let median: Double
}

/// Times of every step in every run, one step after the other.
private struct StepSamples {
  private let stepCount: Int
  private let runCount: Int
  private var samples: [Double]

  init(stepCount: Int, runCount: Int) {
    (self.stepCount, self.runCount) = (stepCount, runCount)
    samples = Array(repeating: 0, count: stepCount * runCount)
  }

  subscript(step: Int, run: Int) -> Double {
    get { samples[step * runCount + run] }
    set { samples[step * runCount + run] = newValue }
  }

  /// - Parameter scale: nanoseconds of a unit.
  func times(_ scale: Double) -> [OperatorTime] {
    (0..<stepCount).map { step in
      let sorted = Array(samples[(step * runCount)..<((step + 1) * runCount)]).stablyOrdered(by: <)
      let median = (sorted[(runCount - 1) / 2] + sorted[runCount / 2]) / 2
      return OperatorTime(mean: sorted.reduce(0, +) / Double(runCount) * scale, median: median * scale)
    }
  }
}
