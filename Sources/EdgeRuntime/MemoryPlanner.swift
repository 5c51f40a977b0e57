import EdgeModel
import EdgeTensor

/// Places tensors and scratch memory in the arena. Tensors that share bytes (`SharingChoice`) form one block.
///
/// First fit: blocks are taken in some order, and each goes to the lowest offset at which it meets no block placed before that
/// is alive at the same time. Taken in the order of their offsets, the blocks of any placement end up no higher than
/// they were, unless some have holes; so some order gives the best placement, and looking for one is looking for the other.
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

  /// Bytes that must be free of others during some steps.
  struct Piece {
    let byteCount: Int
    /// Steps, as in `Liveness.Span`.
    let first: Int
    let last: Int
    /// From the start of the arena.
    var offset: Int

    var end: Int { offset + byteCount }
    func isAlive(with other: Piece) -> Bool { first <= other.last && other.first <= last }
  }

  /// Placing more blocks than this by first fit, which takes quadratic time, could last for seconds.
  static let firstFitLimit = 16_384
  /// More blocks than this get the order by size alone.
  private static let searchLimit = 1024
  /// Pairs of blocks that the search may compare: some milliseconds.
  private static let searchBudget = 4_000_000
  private static let searchRounds = 2000

  /// - Parameter scratch: bytes by step, for all workers together; each at most 2⁴⁰.
  static func plan(
    _ liveness: Liveness, scratch: [Int], threads: Int, blocks: [FusedBlock] = []
  ) -> Model.MemoryPlan {
    let bound = liveness.lowerBound(scratch: scratch).byteCount
    var best = Puzzle(SharingChoice(liveness, liveness.links), scratch: scratch)
    solve(&best, lowerBound: bound)
    // What shares memory is tied together. Where that is in the way, less of it may do better.
    for links in [liveness.links.filter { !$0.endsInner }, []]
    where best.peak > bound && links.count < liveness.links.count {
      var other = Puzzle(SharingChoice(liveness, links), scratch: scratch)
      solve(&other, lowerBound: bound)
      if other.peak < best.peak { best = other }
    }
    return Model.MemoryPlan(
      threads: threads, blocks: blocks.map { $0.range }, peak: best.peak,
      tensorOffsets: best.tensorOffsets(liveness.spans),
      scratchOffsets: best.scratchOffsets(count: scratch.count))
  }

  private static func solve(_ puzzle: inout Puzzle, lowerBound: Int) {
    if puzzle.blocks.count > firstFitLimit {
      placeInSlots(&puzzle)
    } else {
      search(&puzzle, lowerBound: lowerBound)
    }
  }

  /// Both steps of the search.
  private static func search(_ best: inout Puzzle, lowerBound: Int) {
    let bySize = stableOrder(of: best.blocks.count) { [blocks = best.blocks] a, b in
      let (x, y) = (blocks[a].byteCount, blocks[b].byteCount)
      return x != y ? x > y : a < b
    }
    var bestOrder = bySize
    best.place(bySize)
    guard best.blocks.count <= searchLimit else { return }

    func attempt(_ order: [Int]) {
      var puzzle = best
      puzzle.place(order)
      if puzzle.peak <= best.peak { (bestOrder, best) = (order, puzzle) }
    }
    if best.peak > lowerBound { attempt(byFullestStep(best, bySize)) }
    if best.peak > lowerBound {
      var byFirstUse: [Int] = []
      for step in -1...(best.pieces.map { $0.last }.max() ?? 0) {
        byFirstUse += bySize.filter { best.blocks[$0].first == step }
      }
      attempt(byFirstUse)
    }
    var random: UInt64 = 1
    var rounds = min(searchBudget / max(bySize.count * bySize.count, 1), searchRounds)
    while best.peak > lowerBound, rounds > 0 {
      rounds -= 1
      var order = bestOrder
      guard let position = order.firstIndex(where: { aligned(best.end(of: $0)) == best.peak }), position > 0
      else { break }
      let index = order.remove(at: position)
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      order.insert(index, at: Int(random &>> 33) % position)
      attempt(order)
    }
  }

  /// The blocks alive in the fullest step, then those of the next that are not yet listed, and so on.
  private static func byFullestStep(_ puzzle: Puzzle, _ bySize: [Int]) -> [Int] {
    let stepCount = (puzzle.pieces.map { $0.last }.max() ?? 0) + 2  // from −1
    var alive = [[Int]](repeating: [], count: stepCount)
    var byteCounts = [Int](repeating: 0, count: stepCount)
    for index in bySize {
      for piece in puzzle.pieces[puzzle.blocks[index].pieces] {
        for step in piece.first...piece.last {
          alive[step + 1].append(index)
          byteCounts[step + 1] += piece.byteCount
        }
      }
    }
    var order: [Int] = []
    var isListed = [Bool](repeating: false, count: puzzle.blocks.count)
    for step in stableOrder(of: alive.count, by: { (byteCounts[$0], $1) > (byteCounts[$1], $0) }) {
      for index in alive[step] where !isListed[index] {
        isListed[index] = true
        order.append(index)
      }
    }
    return order
  }

  /// The same without a search: nothing shares bytes, and larger blocks go first.
  static func planWithoutSearch(
    _ liveness: Liveness, scratch: [Int], threads: Int, blocks: [FusedBlock]
  ) -> Model.MemoryPlan {
    var pieces: [Piece] = []
    for case .some(let span) in liveness.spans where span.byteCount > 0 {
      pieces.append(Piece(byteCount: span.byteCount, first: span.first, last: span.last, offset: 0))
    }
    for (step, byteCount) in scratch.enumerated() where byteCount > 0 {
      pieces.append(Piece(byteCount: byteCount, first: step, last: step, offset: 0))
    }
    if pieces.count > firstFitLimit { placeInSlots(&pieces) } else { placeBySize(&pieces) }
    var rest = pieces[...]
    func offset(of byteCount: Int) -> Int { byteCount > 0 ? rest.removeFirst().offset : 0 }
    let tensorOffsets = liveness.spans.map { $0.map { offset(of: $0.byteCount) } ?? Model.MemoryPlan.nowhere }
    return Model.MemoryPlan(
      threads: threads, blocks: blocks.map { $0.range }, peak: pieces.reduce(0) { max($0, aligned($1.end)) },
      tensorOffsets: tensorOffsets, scratchOffsets: scratch.map { offset(of: $0) })
  }

  /// First fit.
  private static func placeBySize(_ pieces: inout [Piece]) {
    var placed: [Piece] = []  // by offset
    for index in stableOrder(of: pieces.count, by: { (pieces[$1].byteCount, $0) < (pieces[$0].byteCount, $1) }) {
      for other in placed where other.isAlive(with: pieces[index]) && other.end > pieces[index].offset {
        if other.offset >= pieces[index].end { break }
        pieces[index].offset = aligned(other.end)
      }
      let piece = pieces[index]
      placed.insert(piece, at: placed.firstIndex { $0.offset > piece.offset } ?? placed.count)
    }
  }

  /// For graphs too large for first fit.
  private static func placeInSlots(_ puzzle: inout Puzzle) {
    var pieces = puzzle.blocks.map { Piece(byteCount: $0.byteCount, first: $0.first, last: $0.last, offset: 0) }
    placeInSlots(&pieces)
    for (index, piece) in pieces.enumerated() { puzzle.move(index, to: piece.offset) }
  }

  /// A slot has a power of two of bytes and is used again when its piece has ended. Takes n·log n.
  private static func placeInSlots(_ pieces: inout [Piece]) {
    let starts = stableOrder(of: pieces.count) { (pieces[$0].first, $0) < (pieces[$1].first, $1) }
    let ends = stableOrder(of: pieces.count) { (pieces[$0].last, $0) < (pieces[$1].last, $1) }
    var free = [[Int]](repeating: [], count: Int.bitWidth)  // offsets, by logarithm of the size
    var (ended, peak) = (0, 0)
    func logarithm(_ byteCount: Int) -> Int { Int.bitWidth - (byteCount - 1).leadingZeroBitCount }
    for index in starts {
      while pieces[ends[ended]].last < pieces[index].first {
        free[logarithm(pieces[ends[ended]].byteCount)].append(pieces[ends[ended]].offset)
        ended += 1
      }
      let size = logarithm(pieces[index].byteCount)
      if let offset = free[size].popLast() {
        pieces[index].offset = offset
      } else {
        pieces[index].offset = peak
        peak += max(1 << size, Model.alignment)
      }
    }
  }
}
