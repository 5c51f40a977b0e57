import EdgeModel

/// A piece of the arena and when it is in use.
public struct MemoryBlock: Sendable {
  public enum Use: Sendable {
    /// A tensor, and those that are views of it.
    case tensor(index: Int)
    /// What one operator needs while it runs.
    case scratch
  }

  public let use: Use
  /// Bytes from the start of the arena; a multiple of `Model.alignment`.
  public let offset: Int
  /// A multiple of `Model.alignment`.
  public let byteCount: Int
  /// The first and last operator during which the bytes matter; −1 stands for "before the first", the number of operators for
  /// "after the last".
  public let steps: ClosedRange<Int>
}

extension Plan {
  /// What lies where in the arena, by first use.
  public var memoryBlocks: [MemoryBlock] {
    var blocks: [MemoryBlock] = []
    var isListed = [Bool](repeating: false, count: liveness.buffers.count)
    for (tensor, buffer) in liveness.bufferOfTensor.enumerated() {
      guard let buffer, !isListed[buffer] else { continue }
      isListed[buffer] = true
      let lifetime = liveness.buffers[buffer]
      blocks.append(
        MemoryBlock(
          use: .tensor(index: tensor), offset: memory.tensorOffsets[tensor], byteCount: lifetime.byteCount,
          steps: lifetime.first...lifetime.last))
    }
    for (step, byteCount) in scratchByteCounts.enumerated() where byteCount > 0 {
      blocks.append(
        MemoryBlock(use: .scratch, offset: memory.scratchOffsets[step], byteCount: byteCount, steps: step...step))
    }
    blocks.sort { a, b in
      a.steps.lowerBound != b.steps.lowerBound ? a.steps.lowerBound < b.steps.lowerBound : a.offset < b.offset
    }
    return blocks
  }
}
