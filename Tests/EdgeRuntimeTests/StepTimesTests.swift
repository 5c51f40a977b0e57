import CEdgeAllocations
import EdgeModel
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

@Suite struct StepTimesTests {
  private func interpreter(threads: Int) throws -> Interpreter {
    try Interpreter(
      Plan(Model(ModelBytes(copying: RandomChain(seed: 9, extents: (24, 24, 16)).contents.encoded())), threads: threads)
    )
  }

  @Test(arguments: [1, 2, 4])
  func `durations of the steps add up to the inference, and parts lie inside them`(threads: Int) throws {
    let interpreter = try interpreter(threads: threads)
    let times = StepTimes(interpreter.plan)
    for _ in 0..<20 {
      try interpreter.invoke(recording: times)
      let last = interpreter.plan.stepCount - 1
      let sum = (0...last).reduce(0 as UInt64) { $0 + times.duration(step: $1) }
      #expect(sum == times.end(step: last) - times.start && sum > 0)
      var before = times.start
      for step in 0...last {
        #expect([1, threads].contains(times.partCount(step: step)))
        for part in 0..<times.partCount(step: step) {
          let span = times.part(part, step: step)
          #expect(span.begin <= span.end && span.end <= times.end(step: step))
        }
        #expect(times.end(step: step) >= before)
        before = times.end(step: step)
      }
    }
  }

  @Test func `recording changes no byte and allocates nothing`() throws {
    let interpreter = try interpreter(threads: 1)
    for (index, _) in interpreter.input(0).enumerated() {
      interpreter.input(0)[index] = UInt8(truncatingIfNeeded: index * 37)
    }
    let input = [UInt8](interpreter.input(0))
    try interpreter.invoke()
    let expected = [UInt8](interpreter.output(0))
    let times = StepTimes(interpreter.plan)
    interpreter.input(0).copyBytes(from: input)
    edge_allocations_count_this_thread(true)
    defer { edge_allocations_count_this_thread(false) }
    let before = edge_allocation_count()
    try interpreter.invoke(recording: times)
    let count = edge_allocation_count() - before
    #expect(count == 0 || !edge_allocations_can_be_counted())
    #expect([UInt8](interpreter.output(0)) == expected)
  }
}
