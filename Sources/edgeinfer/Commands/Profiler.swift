import CEdgeSystem
import EdgeModel
import EdgeRuntime

/// Nanoseconds of one operator in one inference.
struct OperatorTime {
  let mean: Double
  /// What it takes when nothing interrupts it.
  let median: Double
}

/// Runs a model a given number of times and takes the time. Nothing here depends on what the clock says.
final class Profiler {
  let interpreter: Interpreter
  /// Copies of the inputs: an inference may overwrite them.
  private let inputs: [[UInt8]]
  private(set) var warmup: [Int64] = []
  private(set) var runs: [Int64] = []
  /// Each operator's times in `operatorRunCount` runs; empty if not measured.
  private(set) var operators: [OperatorTime] = []
  private(set) var operatorRunCount = 0
  /// How often an operator was repeated between two readings of the clock.
  private(set) var batch = 1

  /// Fills the inputs with seeded numbers.
  init(_ interpreter: Interpreter) {
    self.interpreter = interpreter
    SelfTest.fillInputs(interpreter, seed: interpreter.plan.model.testSeed)
    var inputs: [[UInt8]] = []
    for index in 0..<interpreter.inputCount { inputs.append([UInt8](interpreter.input(index))) }
    self.inputs = inputs
  }

  /// Exactly `warmupCount + runCount` inferences.
  func run(warmupCount: Int, runCount: Int) throws(InvokeError) {
    warmup.reserveCapacity(warmupCount)
    runs.reserveCapacity(runCount)
    for _ in 0..<warmupCount { warmup.append(try inference()) }
    for _ in 0..<runCount { runs.append(try inference()) }
  }

  private func inference() throws(InvokeError) -> Int64 {
    restoreInputs()
    let start = edge_clock_ns()
    try interpreter.invoke()
    return edge_clock_ns() - start
  }

  /// Multiply-accumulates of an inference below which reading the clock after each operator would be a large part of the time.
  private static let smallModel = 4_000_000

  /// More runs would take more memory and say nothing new.
  private static let operatorRunLimit = 1000

  /// Runs the model `runCount` more times, but at most 1000, operator by operator. The operators of small models run 16 times in a row, so that
  /// the clock does not count.
  func runOperators(runCount: Int) throws(InvokeError) {
    let plan = interpreter.plan
    var work = 0
    for step in 0..<plan.stepCount {
      work = min(work + min(plan.summary(step: step).multiplyAccumulateCount, Profiler.smallModel), Profiler.smallModel)
    }
    batch = work < Profiler.smallModel ? 16 : 1
    operatorRunCount = min(runCount, Profiler.operatorRunLimit)
    // One operator after the other, so that each has its samples side by side.
    var samples = [Int64](repeating: 0, count: plan.stepCount * operatorRunCount)
    for run in 0..<operatorRunCount {
      restoreInputs()
      var start = edge_clock_ns()
      for step in 0..<plan.stepCount {
        for _ in 0..<batch { try interpreter.run(step: step) }
        let end = edge_clock_ns()
        samples[step * operatorRunCount + run] = end - start
        start = end
      }
    }
    for step in 0..<plan.stepCount {
      let statistics = ProfileStatistics(Array(samples[(step * operatorRunCount)...].prefix(operatorRunCount)))
      operators.append(
        OperatorTime(mean: statistics.mean / Double(batch), median: statistics.median / Double(batch)))
    }
  }

  private func restoreInputs() {
    for (index, bytes) in inputs.enumerated() { interpreter.input(index).copyBytes(from: bytes) }
  }
}

extension Process {
  /// A line of `/proc/self/status` that is in kB, in bytes: `VmHWM:` is the largest resident set so far, `VmRSS:` the present one.
  static func statusByteCount(_ key: StaticString) -> Int? {
    var text: [UInt8] = []
    guard let file = File(reading: Path("/proc/self/status")), file.read(into: &text, limit: 1 << 16) else {
      return nil
    }
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: key.bytes) {
      let digits = line.filter { (0x30...0x39).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self)).map { $0 * 1024 }
    }
    return nil
  }
}
