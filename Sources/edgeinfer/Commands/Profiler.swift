import CEdgeSystem
import EdgeModel
import EdgeRuntime

/// Runs a model a given number of times and takes the time. Nothing here depends on what the clock says.
final class Profiler {
  let interpreter: Interpreter
  /// Copies of the inputs: an inference may overwrite them.
  private let inputs: [[UInt8]]
  private(set) var warmup: [Int64] = []
  private(set) var runs: [Int64] = []
  /// Each operator's nanoseconds in one run, the mean of `operatorRunCount`; empty if not measured.
  private(set) var operators: [Double] = []
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

  /// Runs the model `runCount` more times, operator by operator. The operators of small models run 16 times in a row, so that
  /// the clock does not count.
  func runOperators(runCount: Int) throws(InvokeError) {
    let plan = interpreter.plan
    var work = 0
    for step in 0..<plan.stepCount {
      work = min(work + min(plan.summary(step: step).multiplyAccumulateCount, Profiler.smallModel), Profiler.smallModel)
    }
    batch = work < Profiler.smallModel ? 16 : 1
    operatorRunCount = runCount
    var sums = [Int64](repeating: 0, count: plan.stepCount)
    for _ in 0..<runCount {
      restoreInputs()
      var start = edge_clock_ns()
      for step in 0..<plan.stepCount {
        for _ in 0..<batch { try interpreter.run(step: step) }
        let end = edge_clock_ns()
        sums[step] += end - start
        start = end
      }
    }
    operators = sums.map { Double($0) / Double(runCount * batch) }
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
