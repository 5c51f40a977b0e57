import EdgeModel

/// Places buffers in the arena.
///
/// First fit: blocks are taken in some order, and each goes to the lowest offset at which it meets no block placed before that
/// is alive at the same time. Taken in the order of their offsets, the blocks of any placement end up no higher than
/// they were; so some order gives the best placement, and looking for one is looking for the other.
/// 1. Three orders are tried: by size; by step, the fullest step first; by first use. Larger blocks go first among equals.
/// 2. From the best of them, the block that reaches the peak is moved to a random earlier place in the order, again and
///    again; a move is undone if it raises the peak.
///
/// The search ends when the peak is the live-set lower bound, which nothing can beat, or when its budget is spent; `Plan` has
/// both numbers. The random numbers have a fixed seed and ties follow the file: the same model always gets the same plan.
enum MemoryPlanner {
  static func aligned(_ byteCount: Int) -> Int {
    (byteCount + Model.alignment - 1) / Model.alignment * Model.alignment
  }

  struct Block {
    let byteCount: Int
    /// Steps, as in `Liveness.Buffer`.
    let first: Int
    let last: Int
    var offset = 0

    var end: Int { offset + byteCount }
    func isAlive(with other: Block) -> Bool { first <= other.last && other.first <= last }
  }

  /// Placing more blocks than this by first fit, which takes quadratic time, could last for seconds.
  static let firstFitLimit = 16_384
  /// More blocks than this get the order by size alone.
  private static let searchLimit = 1024
  /// Pairs of blocks that the search may compare: some milliseconds.
  private static let searchBudget = 4_000_000
  private static let searchRounds = 2000

  /// - Parameter scratch: bytes by step, for all workers together; each at most 2⁴⁰.
  static func plan(_ liveness: Liveness, scratch: [Int], threads: Int, fused: Bool = false) -> Model.MemoryPlan {
    var blocks = liveness.buffers.map { Block(byteCount: $0.byteCount, first: $0.first, last: $0.last) }
    for (step, byteCount) in scratch.enumerated() {
      blocks.append(Block(byteCount: aligned(byteCount), first: step, last: step))
    }
    let peak =
      blocks.count > firstFitLimit
      ? placeInSlots(&blocks)
      : search(&blocks, lowerBound: liveness.lowerBound(stepCount: scratch.count, scratch: scratch).byteCount)
    return Model.MemoryPlan(
      threads: threads, fused: fused, peak: peak,
      tensorOffsets: liveness.bufferOfTensor.map { $0.map { blocks[$0].offset } ?? Model.MemoryPlan.nowhere },
      scratchOffsets: blocks[liveness.buffers.count...].map { $0.offset })
  }

  /// Both steps of the search.
  /// - Returns: the peak of the placement that is left in `blocks`.
  private static func search(_ blocks: inout [Block], lowerBound: Int) -> Int {
    let bySize = blocks.indices.filter { blocks[$0].byteCount > 0 }.sorted { a, b in
      blocks[a].byteCount != blocks[b].byteCount ? blocks[a].byteCount > blocks[b].byteCount : a < b
    }
    var best = (order: bySize, blocks: blocks, peak: place(&blocks, bySize))
    best.blocks = blocks
    guard blocks.count <= searchLimit else { return best.peak }

    func attempt(_ order: [Int]) -> Bool {
      let peak = place(&blocks, order)
      guard peak <= best.peak else { return false }
      best = (order, blocks, peak)
      return true
    }
    if best.peak > lowerBound { _ = attempt(byFullestStep(blocks, bySize)) }
    if best.peak > lowerBound {
      var byFirstUse: [Int] = []
      for step in -1...(blocks.map { $0.last }.max() ?? 0) { byFirstUse += bySize.filter { blocks[$0].first == step } }
      _ = attempt(byFirstUse)
    }
    var random: UInt64 = 1
    var rounds = min(searchBudget / max(bySize.count * bySize.count, 1), searchRounds)
    while best.peak > lowerBound, rounds > 0 {
      rounds -= 1
      var order = best.order
      guard let position = order.firstIndex(where: { best.blocks[$0].end == best.peak }), position > 0 else { break }
      let index = order.remove(at: position)
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      order.insert(index, at: Int(random &>> 33) % position)
      _ = attempt(order)
    }
    blocks = best.blocks
    return best.peak
  }

  /// First fit in the given order.
  /// - Returns: the peak.
  private static func place(_ blocks: inout [Block], _ order: [Int]) -> Int {
    var placed: [Int] = []  // indices of blocks, by offset
    placed.reserveCapacity(order.count)
    var peak = 0
    for index in order {
      let block = blocks[index]
      var offset = 0
      for other in placed {
        let neighbour = blocks[other]
        guard neighbour.isAlive(with: block) else { continue }
        if neighbour.offset - offset >= block.byteCount { break }
        offset = max(offset, neighbour.end)
      }
      blocks[index].offset = offset
      peak = max(peak, offset + block.byteCount)
      placed.insert(index, at: placed.firstIndex { blocks[$0].offset > offset } ?? placed.count)
    }
    return peak
  }

  /// The blocks alive in the fullest step, then those of the next that are not yet listed, and so on.
  private static func byFullestStep(_ blocks: [Block], _ bySize: [Int]) -> [Int] {
    let stepCount = (blocks.map { $0.last }.max() ?? 0) + 2  // from −1
    var alive = [[Int]](repeating: [], count: stepCount)
    for index in bySize {
      for step in blocks[index].first...blocks[index].last { alive[step + 1].append(index) }
    }
    let byteCounts = alive.map { $0.reduce(0) { $0 + blocks[$1].byteCount } }
    var order: [Int] = []
    var isListed = [Bool](repeating: false, count: blocks.count)
    for step in alive.indices.sorted(by: { (byteCounts[$0], $1) > (byteCounts[$1], $0) }) {
      for index in alive[step] where !isListed[index] {
        isListed[index] = true
        order.append(index)
      }
    }
    return order
  }

  /// For graphs too large for first fit: a slot has a power of two of bytes and is used again when its block has ended. Takes
  /// n·log n.
  private static func placeInSlots(_ blocks: inout [Block]) -> Int {
    let starts = blocks.indices.sorted { (blocks[$0].first, $0) < (blocks[$1].first, $1) }
    let ends = blocks.indices.sorted { (blocks[$0].last, $0) < (blocks[$1].last, $1) }
    var free = [[Int]](repeating: [], count: Int.bitWidth)  // offsets, by logarithm of the size
    var (peak, ended) = (0, 0)
    func logarithm(_ byteCount: Int) -> Int { Int.bitWidth - max(byteCount - 1, 0).leadingZeroBitCount }
    for index in starts {
      while blocks[ends[ended]].last < blocks[index].first {
        let block = blocks[ends[ended]]
        if block.byteCount > 0 { free[logarithm(block.byteCount)].append(block.offset) }
        ended += 1
      }
      guard blocks[index].byteCount > 0 else { continue }
      let size = logarithm(blocks[index].byteCount)
      if let offset = free[size].popLast() {
        blocks[index].offset = offset
      } else {
        blocks[index].offset = peak
        peak += max(1 << size, Model.alignment)
      }
    }
    return peak
  }
}
