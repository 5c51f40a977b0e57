import EdgeKernels
import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

@Suite("Fused blocks")
struct FusionTests {
  @Test("Fused operators give the bytes of single ones, whatever is fused", arguments: 0..<120)
  func sameBytes(_ seed: Int) throws {
    let model = try model(RandomChain(seed: UInt64(seed)))
    let expected = try outputs(Interpreter(Plan(model, fuses: false)))
    #expect(expected == (try outputs(Interpreter(Plan(model, fuses: false, cpu: [])))))
    for threads in 1...4 {
      #expect(try outputs(Interpreter(Plan(model, threads: threads))) == expected)
      for choice in 0..<3 {
        var random = SplitMix64(seed: UInt64(seed * 16 + threads * 4 + choice))
        let plan = try Plan(
          model, threads: threads, fusing: { _, _, finder in disjoint(finder.candidates(), &random) },
          cpu: choice == 0 ? [] : .detected)
        let interpreter = try Interpreter(plan)
        #expect(try outputs(interpreter) == expected, "\(plan.blocks)")
        #expect(try outputs(interpreter) == expected, "second run")
      }
    }
  }

  @Test("The random networks have every kind of block") func variety() throws {
    var (rings, additions, bare, recomputed, goes) = (0, 0, 0, 0, Set<Int>())
    for seed in 0..<300 {
      let model = try model(RandomChain(seed: UInt64(seed)))
      _ = try Plan(model, threads: 3) { _, _, finder in
        for block in finder.candidates() {
          if block.ringRowCount > 0 { rings += 1 } else { bare += 1 }
          if block.hasAddition { additions += 1 }
          if block.recomputedRowCount > 0 { recomputed += 1 }
          goes.insert(block.rowsPerGo)
        }
        return []
      }
    }
    #expect(min(rings, bare, additions, recomputed) > 50 && goes.count > 5)
  }

  @Test("The bound is the smallest that any choice reaches", arguments: 0..<60)
  func bound(_ seed: Int) throws {
    let model = try model(RandomChain(seed: UInt64(seed)))
    for threads in [1, 3] {
      let chosen = try Plan(model, threads: threads).lowerBound.byteCount
      var random = SplitMix64(seed: UInt64(seed))
      for _ in 0..<20 {
        let other = try Plan(model, threads: threads) { _, _, finder in disjoint(finder.candidates(), &random) }
        #expect(chosen <= other.lowerBound.byteCount)
      }
      #expect(try chosen <= Plan(model, threads: threads, fuses: false).lowerBound.byteCount)
    }
  }

  @Test("Rows computed again are those that bands share") func recomputed() throws {
    let rows = try #require(WindowAxis(input: 12, kernel: 3, stride: 1, padding: .same))
    let geometry = ConvGeometry(
      batch: 1, rows: rows, columns: rows, inChannels: 16, outChannels: 16, groupInChannels: 1)
    func layout(hasRing: Bool = true) -> FusedLayout {
      FusedLayout(geometry, chunk: 2, hasRing: hasRing, convScratch: 100)
    }
    #expect((1...4).map { layout().recomputedRowCount(threads: $0) } == [0, 2, 4, 6])
    // Bands of one row: each of the ten inner rows is needed by three, the outer two by two.
    #expect(layout().recomputedRowCount(threads: 12) == 22)
    #expect(layout(hasRing: false).recomputedRowCount(threads: 4) == 0)
    #expect(layout().ringRowCount == 4 && layout().ringByteCount == 4 * 12 * 16)
  }

  @Test("A stored fused plan is used, and refused where it is wrong") func storedPlan() throws {
    var (contents, blocks) = (ModelContents(), [FusedBlock]())
    for seed in 0..<50 where blocks.isEmpty {
      contents = RandomChain(seed: UInt64(seed)).contents
      blocks = try Plan(load(contents)).blocks
    }
    let own = try Plan(load(contents)).memory
    #expect(own.isFused)
    let plain = try Plan(load(contents), fuses: false).memory
    contents.plans = [plain, changed(own, peak: own.peak + 64)]
    #expect(try Plan(load(contents)).memory.peak == own.peak + 64)
    #expect(try Plan(load(contents), fuses: false).memory == plain)

    // No place for the ring; a ring beyond the end; a ring over the block's input.
    let first = try #require(blocks.first).operators.lowerBound
    let input = contents.operators[first].inputs[0]
    for offset in [Model.MemoryPlan.nowhere, own.peak, own.tensorOffsets[input]] {
      contents.plans = [plain, changed(own, scratch: (first, offset))]
      #expect(throws: LoadError.self) { try Plan(load(contents)) }
      #expect(try Plan(load(contents), fuses: false).memory == plain)
    }
    // A plan that has no places at all, and ranges of operators that are no blocks.
    let nowhere = [Int](repeating: Model.MemoryPlan.nowhere, count: contents.tensors.count)
    contents.plans = [
      Model.MemoryPlan(
        threads: 1, blocks: own.blocks, peak: own.peak, tensorOffsets: nowhere, scratchOffsets: own.scratchOffsets)
    ]
    #expect(throws: LoadError.self) { try Plan(load(contents)) }
    let range = try #require(own.blocks.first)
    for (operators, rows) in [(range.operators, 10_000), (0..<contents.operators.count, 1)] {
      contents.plans = [changed(own, blocks: [Model.FusedRange(operators: operators, rowsPerGo: rows)])]
      #expect(throws: LoadError.self) { try Plan(load(contents)) }
    }
  }

  @Test("What a file stores is fused, whatever the rule of today would choose", arguments: 0..<40)
  func storedBlocks(_ seed: Int) throws {
    var contents = RandomChain(seed: UInt64(seed)).contents
    var random = SplitMix64(seed: UInt64(seed))
    let model = try load(contents)
    let expected = try outputs(Interpreter(Plan(model, fuses: false)))
    let plan = try Plan(model, threads: 2) { _, _, finder in disjoint(finder.candidates(), &random) }
    contents.plans = [plan.memory]
    let loaded = try Plan(load(contents), threads: 2)
    #expect(loaded.memory == plan.memory && loaded.operatorRanges == plan.operatorRanges)
    #expect(try outputs(Interpreter(loaded)) == expected)
    // A plan without blocks for this thread count: nothing is fused.
    contents.plans = [try Plan(model, threads: 2, fuses: false).memory]
    #expect(try Plan(load(contents), threads: 2).blocks.isEmpty)
  }

  private func changed(
    _ plan: Model.MemoryPlan, peak: Int? = nil, scratch: (Int, Int)? = nil, blocks: [Model.FusedRange]? = nil
  ) -> Model.MemoryPlan {
    var offsets = plan.scratchOffsets
    if let scratch { offsets[scratch.0] = scratch.1 }
    return Model.MemoryPlan(
      threads: plan.threads, blocks: blocks ?? plan.blocks, peak: peak ?? plan.peak, tensorOffsets: plan.tensorOffsets,
      scratchOffsets: offsets)
  }

  private func load(_ contents: ModelContents) throws -> Model {
    try Model(ModelBytes(copying: contents.encoded()))
  }

  private func model(_ chain: RandomChain) throws -> Model { try load(chain.contents) }

  private func outputs(_ interpreter: Interpreter) throws -> [[UInt8]] {
    SelfTest.fillInputs(interpreter, seed: 3)
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
  }
}

/// Some of the candidates, as many as go together.
private func disjoint(_ candidates: [FusedBlock], _ random: inout SplitMix64) -> [FusedBlock] {
  var blocks: [FusedBlock] = []
  for block in candidates.shuffled(using: &random)
  where !blocks.contains(where: { $0.operators.overlaps(block.operators) }) {
    blocks.append(block)
  }
  return blocks.sorted { $0.operators.lowerBound < $1.operators.lowerBound }
}
