import EdgeModel

/// Places buffers in the arena.
///
/// Greedy by size: buffers are taken from the largest to the smallest, and each goes to the lowest offset at which it meets no
/// buffer that is alive at the same time. This is fast and usually close to the live-set lower bound, but not always
/// optimal. Ties are broken by the order in the file, so the same model always gets the same plan.
enum MemoryPlanner {
  static func aligned(_ byteCount: Int) -> Int {
    (byteCount + Model.alignment - 1) / Model.alignment * Model.alignment
  }

  private struct Block {
    let byteCount: Int
    let first: Int
    let last: Int
    var offset = 0
  }

  /// - Parameter scratch: bytes by step, for all workers together.
  static func plan(_ liveness: Liveness, scratch: [Int], threads: Int) -> Model.MemoryPlan {
    var blocks = liveness.buffers.map { Block(byteCount: $0.byteCount, first: $0.first, last: $0.last) }
    for (step, byteCount) in scratch.enumerated() {
      blocks.append(Block(byteCount: byteCount, first: step, last: step))
    }

    let order = blocks.indices.sorted { a, b in
      blocks[a].byteCount != blocks[b].byteCount ? blocks[a].byteCount > blocks[b].byteCount : a < b
    }
    var placed: [Int] = []  // indices of blocks, by offset
    var peak = 0
    for index in order where blocks[index].byteCount > 0 {
      let block = blocks[index]
      var offset = 0
      for other in placed {
        let neighbour = blocks[other]
        guard neighbour.first <= block.last, block.first <= neighbour.last else { continue }
        if neighbour.offset - offset >= block.byteCount { break }
        offset = max(offset, neighbour.offset + neighbour.byteCount)
      }
      blocks[index].offset = offset
      peak = max(peak, offset + block.byteCount)
      let position = placed.firstIndex { blocks[$0].offset > offset } ?? placed.count
      placed.insert(index, at: position)
    }
    return Model.MemoryPlan(
      threads: threads, fused: false, peak: peak,
      tensorOffsets: liveness.bufferOfTensor.map { $0.map { blocks[$0].offset } ?? Model.MemoryPlan.nowhere },
      scratchOffsets: blocks[liveness.buffers.count...].map { $0.offset })
  }

  /// Checks a plan that came with a file: every buffer inside the arena, no two overlapping while both are alive.
  static func check(_ plan: Model.MemoryPlan, _ liveness: Liveness, scratch: [Int]) throws(LoadError) {
    var blocks: [Block] = []
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
    for (index, buffer) in liveness.buffers.enumerated() {
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
      guard block.offset <= plan.peak - block.byteCount else {
        throw .badMemoryPlan(reason: "a buffer is outside the arena")
      }
    }
    // Sweep over the steps with the live blocks kept in order of offset: a new block can only overlap its neighbours.
    let starts = blocks.indices.filter { blocks[$0].byteCount > 0 }.sorted { blocks[$0].first < blocks[$1].first }
    var live: [Int] = []
    for index in starts {
      let block = blocks[index]
      live.removeAll { blocks[$0].last < block.first }
      let position = live.firstIndex { blocks[$0].offset >= block.offset } ?? live.count
      if position < live.count, blocks[live[position]].offset < block.offset + block.byteCount {
        throw .badMemoryPlan(reason: "two live buffers overlap")
      }
      if position > 0 {
        let below = blocks[live[position - 1]]
        if below.offset + below.byteCount > block.offset { throw .badMemoryPlan(reason: "two live buffers overlap") }
      }
      live.insert(index, at: position)
    }
  }
}
