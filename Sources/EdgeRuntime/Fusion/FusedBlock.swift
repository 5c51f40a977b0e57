import EdgeModel

/// Consecutive operators that run as one step, a few rows at a time: an optional convolution, a depthwise convolution, a 1x1
/// convolution, and optionally an addition to its result.
public struct FusedBlock: Sendable {
  /// Operators, in the model's order.
  public let operators: Range<Int>
  /// Output rows that a worker computes in one go.
  public let rowsPerGo: Int
  /// Rows of the first convolution's output that each worker keeps, and their bytes; 0 where the block begins with the depthwise
  /// convolution.
  public let ringRowCount: Int
  public let ringByteCount: Int
  /// Scratch memory of each worker, its ring included.
  public let scratchByteCount: Int
  /// Bytes of the tensors between the operators, which the arena does not hold.
  public let middleByteCount: Int
  /// Rows of the first convolution's output that more than one worker computes, counted once for each worker after the first.
  public let recomputedRowCount: Int
  /// Products behind those rows.
  let recomputedProductCount: Int
  /// Whether threads share it in one go each, with nothing computed twice, where they would share its operators one after the other.
  let isOneShare: Bool
  /// Products that the 1x1 convolution's longest share, of whole rows, has beyond an even one.
  let unevenProductCount: Int
  /// Whether it computes as many rows in one go as its kernels like.
  let hasPreferredChunk: Bool
  /// In operators after the first: depthwise convolution, and whether an addition ends the block.
  let depthwise: Int
  let hasAddition: Bool
}

extension FusedBlock {
  /// As files store it.
  var range: Model.FusedRange { Model.FusedRange(operators: operators, rowsPerGo: rowsPerGo) }

  /// - Parameters:
  ///   - steps: the model's operators, planned one by one.
  ///   - memory: where the outer tensors and the block's scratch memory are.
  func step(_ steps: [Step], _ model: Model, _ memory: Model.MemoryPlan) -> Step {
    kernel(steps, model).step(
      scratch: Scratch(
        offset: memory.scratchOffsets[operators.lowerBound], byteCountPerWorker: scratchByteCount))
  }

  private func kernel(_ steps: [Step], _ model: Model) -> FusedKernel {
    let first = operators.lowerBound + depthwise
    guard case .depthwise(let rows) = steps[first].stage, case .conv(let project) = steps[first + 1].stage else {
      preconditionFailure("these operators are no block")
    }
    var (expand, add): (ConvStage?, AddStage?) = (nil, nil)
    if depthwise == 1, case .conv(let stage) = steps[first - 1].stage { expand = stage }
    if hasAddition, case .add(let stage) = steps[first + 2].stage { add = stage }
    let product = model.operators[first + 1].outputs[0]
    return FusedKernel(
      expand: expand, depthwise: rows, project: project, add: add,
      addOperand: add == nil || model.operators[first + 2].inputs[0] == product ? 0 : 1,
      layout: FusedLayout(
        rows.geometry, chunk: rowsPerGo, hasRing: expand != nil,
        convScratch: max(expand?.scratchByteCount ?? 0, project.scratchByteCount)))
  }
}
