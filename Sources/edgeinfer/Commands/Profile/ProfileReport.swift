import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Everything `profile` has measured. Nanoseconds and bytes.
struct ProfileReport {
  let plan: Plan
  let path: Path
  let isFused: Bool
  /// Mapping, verifying and planning the model, allocating the arena, starting the threads.
  let initialization: Int64
  /// The very first run, whether it was a warm-up or not.
  let firstInference: Int64
  let warmupCount: Int
  /// Mean of the warm-up runs; 0 if there were none.
  let warmupMean: Double
  let latency: ProfileStatistics
  let operators: OperatorProfile?
  /// Blocks of memory that the measured inferences allocated, all together; nil if the program cannot tell.
  let allocationCount: Int?
  let memory: MemoryUse
  let counters: Counters?
  let board: Board
  let start: Board.State
  let end: Board.State
  /// Of a picture, before each inference; nil without one.
  let decode: ProfileStatistics?
  let preprocess: ProfileStatistics?
  var roofline: Roofline?
  var sweep: [ThreadResult] = []
  var soak: [SoakInterval] = []

  init(
    _ profiler: Profiler, _ path: Path, isFused: Bool, initialization: Int64, board: Board, start: Board.State,
    counters: Counters?
  ) {
    plan = profiler.interpreter.plan
    self.path = path
    self.isFused = isFused
    self.initialization = initialization
    firstInference = profiler.warmup.first ?? profiler.runs[0]
    warmupCount = profiler.warmup.count
    warmupMean = profiler.warmup.isEmpty ? 0 : ProfileStatistics(profiler.warmup).mean
    latency = ProfileStatistics(profiler.runs)
    operators = profiler.operators
    allocationCount = profiler.allocationCount
    memory = profiler.memory ?? MemoryUse(plan)
    self.counters = counters
    self.board = board
    self.start = start
    let input = profiler.input
    decode = input.decode.isEmpty ? nil : ProfileStatistics(input.decode)
    preprocess = input.preprocess.isEmpty ? nil : ProfileStatistics(input.preprocess)
    end = Board.State()
  }

  /// Indices of `times`, the longest first.
  static func longestFirst(_ times: [Double]) -> [Int] { stableOrder(of: times.count) { times[$0] > times[$1] } }

  /// The kind of a step: its operator's, or "fused_block".
  func name(step: Int) -> String {
    let operators = plan.operatorRanges[step]
    return operators.count == 1 ? plan.model.operators[operators.lowerBound].name : "fused_block"
  }

  /// A kind of operator, all of that kind together.
  struct Kind {
    let name: String
    var count = 0
    var time = 0.0
    var multiplyAccumulateCount = 0
    var byteCount = 0
  }

  /// By kind, the one that takes longest first.
  func kinds(_ operators: OperatorProfile) -> [Kind] {
    var kinds: [Kind] = []
    for (step, time) in operators.times.enumerated() {
      let (name, summary) = (name(step: step), plan.summary(step: step))
      let position = kinds.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } ?? kinds.endIndex
      if position == kinds.endIndex { kinds.append(Kind(name: name)) }
      kinds[position].count += 1
      kinds[position].time += time.median
      kinds[position].multiplyAccumulateCount &+= summary.multiplyAccumulateCount
      kinds[position].byteCount &+= summary.weightByteCount &+ summary.activationByteCount
    }
    return ProfileReport.longestFirst(kinds.map { $0.time }).map { kinds[$0] }
  }

  /// What holds an operator up; nil without a roofline.
  func bound(step: Int, _ time: OperatorTime) -> Roofline.Bound? {
    let summary = plan.summary(step: step)
    return roofline?.bound(
      macs: summary.multiplyAccumulateCount, bytes: summary.weightByteCount &+ summary.activationByteCount,
      nanoseconds: time.median)
  }
}

/// The model with one number of threads.
struct ThreadResult {
  let threads: Int
  let peak: Int
  let latency: ProfileStatistics
}

/// A part of a long measurement.
struct SoakInterval {
  /// Since it began, at the end of the interval.
  let seconds: Double
  let runCount: Int
  let median: Int64
  let p99: Int64
  let maximum: Int64
  let state: Board.State
}
