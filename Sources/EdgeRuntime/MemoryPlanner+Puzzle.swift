import EdgeModel
import EdgeTensor

extension MemoryPlanner {
  /// Blocks to be placed, and where they are.
  struct Puzzle {
    /// A tensor, tensors that share bytes, or a step's scratch memory.
    struct Block {
      let pieces: Range<Int>
      /// From the start of its lowest piece to the end of its highest.
      let byteCount: Int
      /// Steps.
      let first: Int
      let last: Int
    }

    private(set) var blocks: [Block] = []
    /// Block by block.
    private(set) var pieces: [Piece] = []
    private(set) var peak = 0
    /// By piece: from the start of its block.
    private var starts: [Int] = []
    private var tensors: [(tensor: Int, block: Int, start: Int)] = []
    private var scratchBlocks: [(step: Int, block: Int)] = []

    /// Nothing is placed yet.
    init(_ sharing: SharingChoice, scratch: [Int]) {
      let spans = sharing.spans
      var isInGroup = [Bool](repeating: false, count: spans.count)
      for group in sharing.memberGroups {
        for member in group { isInGroup[member.tensor] = true }
        add(group, spans)
      }
      for (tensor, span) in spans.enumerated() {
        guard let span, span.byteCount > 0, !isInGroup[tensor] else { continue }
        tensors.append((tensor, blocks.count, 0))
        append([(0, Piece(byteCount: span.byteCount, first: span.first, last: span.last, offset: 0))])
      }
      for (step, byteCount) in scratch.enumerated() where byteCount > 0 {
        scratchBlocks.append((step, blocks.count))
        append([(0, Piece(byteCount: byteCount, first: step, last: step, offset: 0))])
      }
    }

    /// Where a tensor has the bytes of another and begins when that ends, one piece goes on.
    private mutating func add(_ group: [SharingChoice.Member], _ spans: [Liveness.Span?]) {
      let lowest = group.reduce(group[0].offset) { min($0, $1.offset) }
      var parts: [(start: Int, piece: Piece)] = []
      for member in group {
        tensors.append((member.tensor, blocks.count, member.offset - lowest))
        guard let span = spans[member.tensor], !span.isEmpty else { continue }
        parts.append(
          (
            member.offset - lowest,
            Piece(byteCount: span.byteCount, first: span.first, last: span.last, offset: 0)
          ))
      }
      let ordered = parts.stablyOrdered { a, b in
        (a.start, a.piece.byteCount, a.piece.first) < (b.start, b.piece.byteCount, b.piece.first)
      }
      var merged: [(start: Int, piece: Piece)] = []
      for part in ordered {
        if let before = merged.last, before.start == part.start, before.piece.byteCount == part.piece.byteCount,
          before.piece.last + 1 == part.piece.first
        {
          merged.removeLast()
          merged.append(
            (
              part.start,
              Piece(
                byteCount: part.piece.byteCount, first: before.piece.first, last: part.piece.last, offset: 0)
            ))
        } else {
          merged.append(part)
        }
      }
      append(merged)
    }

    private mutating func append(_ parts: [(start: Int, piece: Piece)]) {
      let firstPiece = pieces.count
      var (byteCount, first, last) = (0, Int.max, -1)
      for part in parts {
        byteCount = max(byteCount, part.start + part.piece.byteCount)
        (first, last) = (min(first, part.piece.first), max(last, part.piece.last))
        starts.append(part.start)
        pieces.append(part.piece)
      }
      blocks.append(Block(pieces: firstPiece..<pieces.count, byteCount: byteCount, first: first, last: last))
    }

    func offset(of block: Int) -> Int { pieces[blocks[block].pieces.lowerBound].offset - start(of: block) }

    func end(of block: Int) -> Int { offset(of: block) + blocks[block].byteCount }

    private func start(of block: Int) -> Int { starts[blocks[block].pieces.lowerBound] }

    mutating func move(_ block: Int, to offset: Int) {
      for index in blocks[block].pieces { pieces[index].offset = offset + starts[index] }
      peak = max(peak, MemoryPlanner.aligned(offset + blocks[block].byteCount))
    }

    /// First fit in the given order.
    mutating func place(_ order: [Int]) {
      var placed: [Int] = []  // pieces, by offset
      placed.reserveCapacity(pieces.count)
      peak = 0
      for block in order {
        move(block, to: lowestOffset(of: block, above: placed))
        for index in blocks[block].pieces {
          let offset = pieces[index].offset
          placed.insert(index, at: placed.firstIndex { pieces[$0].offset > offset } ?? placed.count)
        }
      }
    }

    /// The lowest multiple of the alignment at which no piece of a block meets one that is placed.
    private func lowestOffset(of block: Int, above placed: [Int]) -> Int {
      let parts = blocks[block].pieces
      var (offset, isFree) = (0, false)
      while !isFree {
        isFree = true
        for index in parts {
          let (piece, start) = (pieces[index], starts[index])
          for other in placed {
            let neighbour = pieces[other]
            guard neighbour.isAlive(with: piece), neighbour.end > offset + start else { continue }
            if neighbour.offset - offset - start >= piece.byteCount { break }
            offset = MemoryPlanner.aligned(neighbour.end - start)
            isFree = parts.count == 1
          }
        }
      }
      return offset
    }

    /// By tensor; `nowhere` for those that need no memory. Empty ones are at 0.
    func tensorOffsets(_ spans: [Liveness.Span?]) -> [Int] {
      var offsets = spans.map { $0 == nil ? Model.MemoryPlan.nowhere : 0 }
      for entry in tensors { offsets[entry.tensor] = offset(of: entry.block) + entry.start }
      return offsets
    }

    /// By step; 0 for those that need none.
    func scratchOffsets(count: Int) -> [Int] {
      var offsets = [Int](repeating: 0, count: count)
      for entry in scratchBlocks { offsets[entry.step] = offset(of: entry.block) }
      return offsets
    }
  }
}
