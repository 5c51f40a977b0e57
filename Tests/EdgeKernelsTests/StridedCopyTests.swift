import EdgeKernels
import Testing
import _EdgeTestSupport

@Suite struct StridedCopyTests {
  /// A block with random strides on both sides; the destination's elements do not coincide.
  private struct Block {
    let extents: [Int]
    var source: StridedCopy.Side
    var destination: StridedCopy.Side
    let sourceCount: Int
    let destinationCount: Int

    init(_ random: inout SplitMix64) {
      extents = (0..<random.int(in: 0...5)).map { _ in random.int(in: 0...4) }
      let rank = extents.count
      // Destination: axes in any order, with gaps between and some reversed.
      var (strides, offset, span) = ([Int](repeating: 1, count: rank), 1, 1)
      for axis in Array(0..<rank).shuffled(using: &random) {
        strides[axis] = span
        span *= max(extents[axis], 1) + (random.int(in: 0...3) == 0 ? 1 : 0)
        if random.int(in: 0...2) == 0 {
          offset += max(extents[axis] - 1, 0) * strides[axis]
          strides[axis] *= -1
        }
      }
      destination = .init(offset: offset, strides: strides)
      destinationCount = span + 2
      // Source: anything that stays inside.
      var (lowest, highest) = (0, 0)
      strides = extents.map { _ in random.int(in: -5...5) }
      if random.int(in: 0...2) == 0 { strides = destination.strides }
      for (extent, stride) in zip(extents, strides) where extent > 0 {
        lowest += min(0, (extent - 1) * stride)
        highest += max(0, (extent - 1) * stride)
      }
      source = .init(offset: -lowest, strides: strides)
      sourceCount = highest - lowest + 1
    }

    /// Element positions `(source, destination)` of the whole block.
    var pairs: [(Int, Int)] {
      var pairs = [(source.offset, destination.offset)]
      for axis in extents.indices {
        pairs = pairs.flatMap { pair in
          (0..<extents[axis]).map { (pair.0 + $0 * source.strides[axis], pair.1 + $0 * destination.strides[axis]) }
        }
      }
      return pairs
    }
  }

  private func check<T: FixedWidthInteger>(_ block: Block, _ type: T.Type, _ random: inout SplitMix64) {
    let source = (0..<block.sourceCount).map { T(truncatingIfNeeded: $0 &* 0x0123_4567_89AB_CDEF) }
    var destination = [T](repeating: 99, count: block.destinationCount)
    var expected = destination
    for (from, to) in block.pairs { expected[to] = source[from] }
    let copy = StridedCopy(
      extents: block.extents, from: block.source, to: block.destination, elementByteCount: MemoryLayout<T>.size)
    #expect(copy.byteCount == block.pairs.count * MemoryLayout<T>.size)
    var unit = 0
    while unit < copy.unitCount {
      let next = random.int(in: (unit + 1)...copy.unitCount)
      source.withUnsafeBytes { from in
        destination.withUnsafeMutableBytes { to in
          copy.run(unit..<next, from: from.baseAddress!, to: to.baseAddress!)
        }
      }
      unit = next
    }
    #expect(destination == expected, "\(block)")
  }

  @Test func everyElementArrivesAndNothingElseIsTouched() {
    var random = SplitMix64(seed: 80)
    for _ in 0..<2000 {
      let block = Block(&random)
      check(block, UInt8.self, &random)
      check(block, UInt32.self, &random)
      check(block, UInt64.self, &random)
    }
  }

  @Test func contiguousBlocksAreOneRun() {
    let whole = StridedCopy(
      extents: [2, 1, 3, 4], from: .init(strides: [12, 7, 4, 1]), to: .init(strides: [12, 12, 4, 1]),
      elementByteCount: 4)
    #expect(whole.unitCount == 1 && whole.byteCount == 96)
    let rows = StridedCopy(
      extents: [2, 3, 4], from: .init(strides: [15, 5, 1]), to: .init(strides: [12, 4, 1]), elementByteCount: 1)
    #expect(rows.unitCount == 6 && rows.byteCount == 24)
    let fill = StridedCopy(
      extents: [2, 3, 4], from: .init(strides: [0, 0, 0]), to: .init(strides: [12, 4, 1]), elementByteCount: 8)
    #expect(fill.unitCount == 1 && fill.byteCount == 192)
  }
}
