import CEdgeSystem

/// When each part of each step began and ended in one inference, in ticks of `edge_ticks()`.
///
/// A step that threads share has as many parts as the plan has threads; other steps have one. Memory is allocated once, so that recording
/// allocates nothing.
public final class StepTimes {
  /// One thread's share of one step.
  public struct Part: Equatable, Sendable {
    public internal(set) var begin: UInt64 = 0
    public internal(set) var end: UInt64 = 0
  }

  public let stepCount: Int
  public let partCount: Int
  /// When the inference began.
  public internal(set) var start: UInt64 = 0
  /// Part after part, so that threads do not write to the same cache lines.
  let parts: UnsafeMutablePointer<Part>
  private var isShared: [Bool]

  /// For inferences of `plan`.
  public init(_ plan: Plan) {
    (stepCount, partCount) = (plan.stepCount, plan.threads)
    parts = .allocate(capacity: max(stepCount * partCount, 1))
    parts.initialize(repeating: Part(), count: max(stepCount * partCount, 1))
    isShared = Array(repeating: false, count: stepCount)
  }

  deinit { parts.deallocate() }

  /// Parts of a step in the last inference.
  public func partCount(step: Int) -> Int { isShared[step] ? partCount : 1 }

  /// - Parameter part: in `0..<partCount(step:)`.
  public func part(_ part: Int, step: Int) -> Part { parts[part * stepCount + step] }

  /// When the last part of a step ended.
  public func end(step: Int) -> UInt64 {
    var end: UInt64 = 0
    for part in 0..<partCount(step: step) { end = max(end, self.part(part, step: step).end) }
    return end
  }

  /// Ticks from the end of the step before, or from the start, to the end of this one: these add up to the whole inference.
  public func duration(step: Int) -> UInt64 {
    let before = step == 0 ? start : end(step: step - 1)
    return max(end(step: step), before) - before
  }

  /// A step that one thread has just finished.
  func finish(step: Int) {
    isShared[step] = false
    parts[step] = Part(begin: step == 0 ? start : end(step: step - 1), end: edge_ticks())
  }

  func share(steps: Range<Int>) {
    for step in steps { isShared[step] = true }
  }
}
