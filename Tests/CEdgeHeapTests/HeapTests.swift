import CEdgeHeap
import Foundation
import Testing
import _EdgeTestSupport

/// The heap of the static program, called by its own names.
@Suite("The static program's heap", .serialized)
struct HeapTests {
  private static let sizes = [0, 1, 7, 8, 9, 24, 25, 504, 505, 600, 4000, 65_527, 65_528, 65_529, 100_000, 1 << 20]

  @Test("Blocks are aligned, as large as asked for, and apart", arguments: [1, 16, 32, 64, 256, 4096, 65_536])
  func alignment(_ alignment: Int) throws {
    var blocks: [(start: UnsafeMutableRawPointer, size: Int)] = []
    for size in HeapTests.sizes + HeapTests.sizes {
      let start = try #require(edge_heap_allocate(size, alignment))
      #expect(Int(bitPattern: start) % max(alignment, 16) == 0)
      #expect(edge_heap_size(start) >= size)
      memset(start, Int32(blocks.count + 1), edge_heap_size(start))
      blocks.append((start, edge_heap_size(start)))
    }
    for (index, block) in blocks.enumerated() {
      let bytes = UnsafeRawBufferPointer(start: block.start, count: block.size)
      #expect(bytes.allSatisfy { $0 == UInt8(index + 1) }, "block \(index)")
      edge_heap_free(block.start)
    }
  }

  @Test("A block has room for less than a third more than was asked for, in every size class")
  func waste() throws {
    for size in 1...66_000 where size < 2000 || size % 61 == 0 {
      let block = try #require(edge_heap_allocate(size, 16))
      let limit = size <= 504 ? size + 15 : size <= 65_528 ? size * 4 / 3 : size + 4096 + 64
      #expect((size...limit).contains(edge_heap_size(block)), "\(size)")
      edge_heap_free(block)
    }
  }

  @Test("Freed memory is used again")
  func reuse() throws {
    let first = try #require(edge_heap_allocate(1000, 16))
    edge_heap_free(first)
    #expect(edge_heap_allocate(990, 16) == first)
    edge_heap_free(first)
  }

  @Test("What is no size or alignment gives no block")
  func refusals() {
    #expect(edge_heap_allocate(.max, 16) == nil)
    #expect(edge_heap_allocate(Int.max / 2 + 1, 16) == nil)
    #expect(edge_heap_allocate(1 << 46, 16) == nil)
    for alignment in [0, 3, 48, 1 << 17] { #expect(edge_heap_allocate(8, alignment) == nil) }
    edge_heap_free(nil)
  }

  /// Every live block holds bytes of its own, which its neighbours would destroy if they overlapped.
  @Test("Random blocks keep their bytes through growing and shrinking, on several threads at once")
  func random() async {
    await withTaskGroup(of: Int.self) { group in
      for seed in 1...4 { group.addTask { HeapTests.damagedBlocks(seed: UInt64(seed), steps: 30_000) } }
      for await damaged in group { #expect(damaged == 0) }
    }
  }

  private static func damagedBlocks(seed: UInt64, steps: Int) -> Int {
    var random = SplitMix64(seed: seed)
    var live: [(start: UnsafeMutableRawPointer, size: Int, byte: UInt8)] = []
    var damaged = 0
    func check(_ block: (start: UnsafeMutableRawPointer, size: Int, byte: UInt8), _ count: Int) {
      let bytes = UnsafeRawBufferPointer(start: block.start, count: min(count, block.size))
      if !bytes.allSatisfy({ $0 == block.byte }) { damaged += 1 }
    }
    for step in 0..<steps {
      let size = Int.random(in: 0...(1 << Int.random(in: 0...17, using: &random)), using: &random)
      let byte = UInt8(truncatingIfNeeded: step)
      if live.count < 200, Bool.random(using: &random) {
        let alignment = 1 << Int.random(in: 0...7, using: &random)
        guard let start = edge_heap_allocate(size, alignment) else { return steps }
        memset(start, Int32(byte), size)
        live.append((start, size, byte))
      } else if let index = live.indices.randomElement(using: &random) {
        if Bool.random(using: &random) {
          let block = live.remove(at: index)
          check(block, block.size)
          edge_heap_free(block.start)
        } else {
          guard let start = edge_heap_resize(live[index].start, size) else { return steps }
          live[index].start = start
          check(live[index], size)
          memset(start, Int32(byte), size)
          (live[index].size, live[index].byte) = (size, byte)
        }
      }
    }
    for block in live {
      check(block, block.size)
      edge_heap_free(block.start)
    }
    return damaged
  }

  @Test("A block that is freed twice stops the program")
  func doubleFree() async {
    await #expect(processExitsWith: .failure) {
      let block = edge_heap_allocate(100, 16)
      edge_heap_free(block)
      edge_heap_free(block)
    }
  }
}
