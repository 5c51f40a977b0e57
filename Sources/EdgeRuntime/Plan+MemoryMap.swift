import EdgeModel
import EdgeTensor

/// A piece of the arena and when it is in use.
public struct MemoryBlock: Sendable {
  public enum Use: Sendable {
    /// A tensor, as long as none that shares its bytes stands for it.
    case tensor(index: Int)
    /// What one operator needs while it runs.
    case scratch
  }

  public let use: Use
  /// Bytes from the start of the arena.
  public let offset: Int
  /// A multiple of `Model.alignment`, unless it is a part of a tensor.
  public let byteCount: Int
  /// The first and last operator during which the bytes matter; −1 stands for "before the first", the number of operators for
  /// "after the last".
  public let steps: ClosedRange<Int>
}

/// A tensor that has no bytes of its own, because an operator writes in place or need not write at all.
public struct SharedTensor: Sendable {
  /// The operator that allows it.
  public let operatorIndex: Int
  /// Tensor indices: `inner` lies inside `outer`, or takes all of it.
  public let inner: Int
  public let outer: Int
  /// Of the inner in the outer, in bytes.
  public let offset: Int
  /// Whether the operator computes the outer over the inner's bytes; else they have the same contents.
  public let isOverwritten: Bool
}

extension Plan {
  /// What lies where in the arena, by first use. Blocks that are in use at the same time do not overlap.
  public var memoryBlocks: [MemoryBlock] {
    var blocks: [MemoryBlock] = []
    for (tensor, span) in spans.enumerated() {
      guard let span, !span.isEmpty else { continue }
      blocks.append(
        MemoryBlock(
          use: .tensor(index: tensor), offset: memory.tensorOffsets[tensor], byteCount: span.byteCount,
          steps: span.first...span.last))
    }
    for (step, byteCount) in scratchByteCounts.enumerated() where byteCount > 0 {
      blocks.append(
        MemoryBlock(use: .scratch, offset: memory.scratchOffsets[step], byteCount: byteCount, steps: step...step))
    }
    return blocks.stablyOrdered { a, b in
      a.steps.lowerBound != b.steps.lowerBound ? a.steps.lowerBound < b.steps.lowerBound : a.offset < b.offset
    }
  }

  /// Which tensors share memory, in the order of the operators.
  public var sharedTensors: [SharedTensor] {
    memory.links(liveness).map {
      SharedTensor(
        operatorIndex: $0.step, inner: $0.inner, outer: $0.outer, offset: $0.offset,
        isOverwritten: $0.endsInner && !liveness.isPart($0))
    }
  }

  /// No plan of this model, with these operators fused, can need fewer bytes, and the operator at which that many are alive.
  public var lowerBound: (byteCount: Int, step: Int) { liveness.lowerBound(scratch: scratchByteCounts) }

  /// The operator at which the most bytes are alive in this plan, and how many; −1 stands for "before the first", the number of
  /// operators for "after the last".
  public var largestStep: (byteCount: Int, step: Int) {
    Liveness.largest(spans, scratch: scratchByteCounts)
  }

  private var spans: [Liveness.Span?] {
    var spans = memory.spans(liveness)
    liveness.roundUp(&spans, memory.links(liveness))
    return spans
  }
}
