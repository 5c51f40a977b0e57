import EdgeKernels
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
  /// Whether threads share it.
  public let isShared: Bool
  /// Constants it reads, as they lie in the file.
  public let weightByteCount: Int
  /// Activations it reads and writes; what stays inside a fused block does not count.
  public let activationByteCount: Int
}

extension Plan {
  public var stepCount: Int { steps.count }

  public func summary(step index: Int) -> StepSummary {
    let step = steps[index]
    let range = operatorRanges[index]
    var (weights, activations) = (0, 0)
    var written: [Int] = []
    for operation in model.operators[range] {
      for input in operation.inputs where input >= 0 {
        if let constant = model.constant(input) {
          weights &+= constant.count
        } else if !written.contains(input) {
          activations &+= model.tensors[input].type.byteCount
        }
      }
      written += operation.outputs
    }
    for output in model.operators[range.upperBound - 1].outputs {
      activations &+= model.tensors[output].type.byteCount
    }
    return StepSummary(
      kernel: step.kernel, multiplyAccumulateCount: step.multiplyAccumulateCount, unitCount: step.unitCount,
      isShared: threads > 1 && isWorthSharing(step: index), weightByteCount: weights,
      activationByteCount: activations)
  }

  /// Whether threads finish a step sooner than one does: handing out its parts, and what each part has to set up, takes about half a
  /// microsecond.
  func isWorthSharing(step index: Int) -> Bool {
    guard steps[index].unitCount > 1 else { return false }
    var byteCount = 0
    for index in operatorRanges[index] {
      for output in model.operators[index].outputs { byteCount += model.tensors[output].type.byteCount }
      for input in model.operators[index].inputs where input >= 0 {
        byteCount += (model.constant(input)?.count ?? 0) / weightsPerCode
      }
    }
    // A code of the output takes as long as some products: it is requantized, and few products may be behind it.
    return steps[index].multiplyAccumulateCount / productsPerCode + byteCount >= cpu.codesWorthSharing
  }

  private var productsPerCode: Int { 64 }

  /// Weights that are used once come no faster than this from the cache they lie in.
  private var weightsPerCode: Int { 12 }
}

extension CPUFeatures {
  /// How many codes of output, without products, one core computes in two microseconds.
  fileprivate var codesWorthSharing: Int {
    if contains(.avx512vnni) { return 5 << 12 }
    if contains(.avx2) || contains(.dotprod) { return 1 << 12 }
    return contains(.neon) ? 1 << 10 : 1 << 8
  }
}
