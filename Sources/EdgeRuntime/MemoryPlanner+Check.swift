import EdgeModel
import EdgeTensor

extension MemoryPlanner {
  /// Checks a plan that came with a file: every tensor inside the arena, no two overlapping while both are needed, but where an
  /// operator allows it.
  static func check(_ plan: Model.MemoryPlan, _ liveness: Liveness, scratch: [Int]) throws(LoadError) {
    var pieces: [Piece] = []
    func add(_ byteCount: Int, at offset: Int, _ first: Int, _ last: Int) throws(LoadError) {
      // Kernels may read beyond a tensor's end, but not beyond the next multiple of the alignment.
      guard offset >= 0, offset <= plan.peak, aligned(offset + byteCount) <= plan.peak else {
        throw .badMemoryPlan(reason: "a buffer is outside the arena")
      }
      guard first <= last else { return }
      pieces.append(Piece(byteCount: byteCount, first: first, last: last, offset: offset))
    }
    for (tensor, span) in plan.spans(liveness).enumerated() {
      guard let span else { continue }
      let offset = plan.tensorOffsets[tensor]
      guard offset != Model.MemoryPlan.nowhere else { throw .badMemoryPlan(reason: "a tensor has no place") }
      if span.byteCount > 0 { try add(span.byteCount, at: offset, span.first, span.last) }
    }
    for (step, byteCount) in scratch.enumerated() where byteCount > 0 {
      guard plan.scratchOffsets[step] != Model.MemoryPlan.nowhere else {
        throw .badMemoryPlan(reason: "an operator's scratch memory has no place")
      }
      try add(byteCount, at: plan.scratchOffsets[step], step, step)
    }
    guard !overlaps(pieces, stepCount: scratch.count) else {
      throw .badMemoryPlan(reason: "two live buffers overlap")
    }
  }

  /// Sweeps over the offsets with a set of the steps in which something lies there: where a piece begins, all its steps must be
  /// free.
  private static func overlaps(_ pieces: [Piece], stepCount: Int) -> Bool {
    let begins = stableOrder(of: pieces.count) { pieces[$0].offset < pieces[$1].offset }
    let ends = stableOrder(of: pieces.count) { pieces[$0].end < pieces[$1].end }
    var taken = StepSet(stepCount: stepCount)
    var ended = 0
    for index in begins {
      while pieces[ends[ended]].end <= pieces[index].offset {
        taken.remove(pieces[ends[ended]])
        ended += 1
      }
      guard taken.insert(pieces[index]) else { return true }
    }
    return false
  }
}

/// A bit for each step from −1 ("before the first") to `stepCount` ("after the last").
private struct StepSet {
  private var words: [UInt64]

  init(stepCount: Int) { words = [UInt64](repeating: 0, count: (stepCount + 2 + 63) / 64) }

  /// Adds all steps of a piece's lifetime.
  /// - Returns: false, with some of them added, if one was there already.
  mutating func insert(_ piece: MemoryPlanner.Piece) -> Bool {
    for word in StepSet.words(of: piece) {
      let mask = StepSet.mask(word, of: piece)
      guard words[word] & mask == 0 else { return false }
      words[word] |= mask
    }
    return true
  }

  mutating func remove(_ piece: MemoryPlanner.Piece) {
    for word in StepSet.words(of: piece) { words[word] &= ~StepSet.mask(word, of: piece) }
  }

  private static func words(of piece: MemoryPlanner.Piece) -> ClosedRange<Int> {
    ((piece.first + 1) / 64)...((piece.last + 1) / 64)
  }

  /// The bits of a word that stand for steps of the piece's lifetime.
  private static func mask(_ word: Int, of piece: MemoryPlanner.Piece) -> UInt64 {
    let low = max(piece.first + 1 - 64 * word, 0)
    let high = min(piece.last + 1 - 64 * word, 63)
    return (UInt64.max << UInt64(low)) & (UInt64.max >> UInt64(63 - high))
  }
}

extension Model.MemoryPlan {
  /// The links that these offsets make use of.
  func links(_ liveness: Liveness) -> [Liveness.Link] {
    liveness.links.filter { link in
      let (inner, outer) = (tensorOffsets[link.inner], tensorOffsets[link.outer])
      return inner != Model.MemoryPlan.nowhere && inner - link.offset == outer
    }
  }

  /// What each tensor has for itself.
  func spans(_ liveness: Liveness) -> [Liveness.Span?] { liveness.spans(sharing: links(liveness)) }
}
