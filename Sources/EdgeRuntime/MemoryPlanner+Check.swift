import EdgeModel

extension MemoryPlanner {
  /// Checks a plan that came with a file: every buffer inside the arena, no two overlapping while both are alive.
  static func check(_ plan: Model.MemoryPlan, _ liveness: Liveness, scratch: [Int]) throws(LoadError) {
    var offsetOfBuffer = [Int?](repeating: nil, count: liveness.buffers.count)
    for (tensor, buffer) in liveness.bufferOfTensor.enumerated() {
      guard let buffer else { continue }
      let offset = plan.tensorOffsets[tensor]
      guard offset != Model.MemoryPlan.nowhere else { throw .badMemoryPlan(reason: "a tensor has no place") }
      guard offsetOfBuffer[buffer] == nil || offsetOfBuffer[buffer] == offset else {
        throw .badMemoryPlan(reason: "a view lies elsewhere than its tensor")
      }
      offsetOfBuffer[buffer] = offset
    }
    var blocks: [Block] = []
    for (index, buffer) in liveness.buffers.enumerated() where buffer.byteCount > 0 {
      blocks.append(
        Block(byteCount: buffer.byteCount, first: buffer.first, last: buffer.last, offset: offsetOfBuffer[index] ?? 0))
    }
    for (step, byteCount) in scratch.enumerated() where byteCount > 0 {
      guard plan.scratchOffsets[step] != Model.MemoryPlan.nowhere else {
        throw .badMemoryPlan(reason: "an operator's scratch memory has no place")
      }
      blocks.append(Block(byteCount: byteCount, first: step, last: step, offset: plan.scratchOffsets[step]))
    }
    for block in blocks {
      guard block.offset >= 0, block.offset <= plan.peak - block.byteCount else {
        throw .badMemoryPlan(reason: "a buffer is outside the arena")
      }
    }
    guard !overlaps(blocks, stepCount: scratch.count) else {
      throw .badMemoryPlan(reason: "two live buffers overlap")
    }
  }

  /// Sweeps over the offsets with a set of the steps in which something lies there: where a block begins, all its steps must be
  /// free.
  private static func overlaps(_ blocks: [Block], stepCount: Int) -> Bool {
    let begins = blocks.indices.sorted { blocks[$0].offset < blocks[$1].offset }
    let ends = blocks.indices.sorted { blocks[$0].end < blocks[$1].end }
    var taken = StepSet(stepCount: stepCount)
    var ended = 0
    for index in begins {
      while blocks[ends[ended]].end <= blocks[index].offset {
        taken.remove(blocks[ends[ended]])
        ended += 1
      }
      guard taken.insert(blocks[index]) else { return true }
    }
    return false
  }
}

/// A bit for each step from −1 ("before the first") to `stepCount` ("after the last").
private struct StepSet {
  private var words: [UInt64]

  init(stepCount: Int) { words = [UInt64](repeating: 0, count: (stepCount + 2 + 63) / 64) }

  /// Adds all steps of a block's lifetime.
  /// - Returns: false, with some of them added, if one was there already.
  mutating func insert(_ block: MemoryPlanner.Block) -> Bool {
    for word in StepSet.words(of: block) {
      let mask = StepSet.mask(word, of: block)
      guard words[word] & mask == 0 else { return false }
      words[word] |= mask
    }
    return true
  }

  mutating func remove(_ block: MemoryPlanner.Block) {
    for word in StepSet.words(of: block) { words[word] &= ~StepSet.mask(word, of: block) }
  }

  private static func words(of block: MemoryPlanner.Block) -> ClosedRange<Int> {
    ((block.first + 1) / 64)...((block.last + 1) / 64)
  }

  /// The bits of a word that stand for steps of the block's lifetime.
  private static func mask(_ word: Int, of block: MemoryPlanner.Block) -> UInt64 {
    let low = max(block.first + 1 - 64 * word, 0)
    let high = min(block.last + 1 - 64 * word, 63)
    return (UInt64.max << UInt64(low)) & (UInt64.max >> UInt64(63 - high))
  }
}
