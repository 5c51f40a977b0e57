/// What a profiler wants to know of a planned operator, or of a fused block, beside its time.
public struct StepSummary: Sendable {
  /// The variant of `KernelSet` that computes it; empty where there is only one way.
  public let kernel: StaticString
  /// Products of the mathematical definition, those with padding included; 0 for operators that are not sums of products.
  public let multiplyAccumulateCount: Int
  /// Independent parts that threads share, usually rows of the output.
  public let unitCount: Int
}

extension Plan {
  public var stepCount: Int { steps.count }

  public func summary(step index: Int) -> StepSummary {
    let step = steps[index]
    return StepSummary(
      kernel: step.kernel, multiplyAccumulateCount: step.multiplyAccumulateCount, unitCount: step.unitCount)
  }
}
