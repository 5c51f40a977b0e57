import EdgeModel
import EdgeTensor

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

  /// Whether threads finish a step sooner than one does. Handing out its parts takes about a microsecond, in which one core of a small
  /// board does some thousand products, and moves some thousand bytes.
  func isWorthSharing(step index: Int) -> Bool {
    let products = steps[index].multiplyAccumulateCount
    guard steps[index].unitCount > 1 else { return false }
    guard products == 0 else { return products >= 1 << 17 }
    var byteCount = 0
    for index in operatorRanges[index] {
      for output in model.operators[index].outputs { byteCount += model.tensors[output].type.byteCount }
    }
    return byteCount >= 1 << 15
  }
}
