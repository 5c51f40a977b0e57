import EdgeModel
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

/// Memory planning, as properties of random graphs and by example.
@Suite("MemoryPlanner")
struct PlannerTests {
  @Test("No two live buffers share a byte", arguments: 0..<200)
  func noOverlap(_ seed: UInt64) {
    let graph = RandomGraph(seed: seed)
    let plan = graph.plan
    for (i, a) in graph.pieces(plan).enumerated() {
      #expect(a.offset % Model.alignment == 0)
      #expect(a.offset + a.byteCount <= plan.peak)
      for b in graph.pieces(plan)[..<i] where a.isAliveWith(b) {
        #expect(a.offset + a.byteCount <= b.offset || b.offset + b.byteCount <= a.offset, "seed \(seed)")
      }
    }
  }

  @Test("The peak is at least the largest live set, and nothing above it is wasted", arguments: 0..<200)
  func bounds(_ seed: UInt64) {
    let graph = RandomGraph(seed: seed)
    // The live set, added up step by step from the pieces themselves.
    let pieces = graph.pieces(graph.plan)
    let largest = (-1...graph.stepCount).map { step in
      pieces.reduce(0) { $0 + ($1.first <= step && step <= $1.last ? $1.byteCount : 0) }
    }.max()
    let bound = graph.liveness.lowerBound(stepCount: graph.stepCount, scratch: graph.scratch)
    #expect(bound.byteCount == largest)
    #expect(graph.plan.peak >= bound.byteCount)
    #expect(graph.plan.peak == pieces.map { $0.offset + $0.byteCount }.max())
  }

  @Test("The same graph always gets the same plan", arguments: 0..<20)
  func deterministic(_ seed: UInt64) {
    #expect(RandomGraph(seed: seed).plan == RandomGraph(seed: seed).plan)
  }

  @Test("Of 200 random graphs most are placed optimally, and all together take less than 0.5 % more than the live sets")
  func quality() {
    var (optimal, total, bounds) = (0, 0, 0)
    for seed in 0..<200 as Range<UInt64> {
      let graph = RandomGraph(seed: seed)
      let bound = graph.liveness.lowerBound(stepCount: graph.stepCount, scratch: graph.scratch).byteCount
      optimal += graph.plan.peak == bound ? 1 : 0
      total += graph.plan.peak
      bounds += bound
    }
    #expect(optimal >= 185)
    #expect(Double(total) < 1.005 * Double(bounds))
  }

  @Test("The first layers of a MobileNet for person detection take what their two largest neighbours take")
  func personDetection() {
    // 96x96x3 → 48x48x8 → depthwise → 48x48x16 → depthwise, stride 2 → 24x24x32 → … Greedy by size alone needs 64,512 bytes.
    let byteCounts = [27_648, 18_432, 18_432, 36_864, 9216, 18_432, 18_432, 4608, 9216]
    let liveness = Liveness(chain: byteCounts)
    let plan = MemoryPlanner.plan(liveness, scratch: [Int](repeating: 0, count: byteCounts.count - 1), threads: 1)
    #expect(plan.peak == 55_296)
  }

  @Test("Graphs too large for a search are planned in seconds, without overlap")
  func huge() throws {
    // Every tensor lives to the end: the worst there is for lists of live buffers.
    var liveness = Liveness(chain: [Int](repeating: 64, count: Model.maximumCount))
    for i in liveness.buffers.indices { liveness.buffers[i].last = Model.maximumCount }
    let scratch = [Int](repeating: 64, count: Model.maximumCount)
    let clock = ContinuousClock()
    let time = try clock.measure {
      let plan = MemoryPlanner.plan(liveness, scratch: scratch, threads: 1)
      #expect(plan.peak == 64 * (Model.maximumCount + 1))
      try MemoryPlanner.check(plan, liveness, scratch: scratch)
    }
    #expect(time < .seconds(30))
  }

  @Test("Slots of the largest graphs are used again")
  func slots() throws {
    let count = MemoryPlanner.firstFitLimit + 1
    let liveness = Liveness(chain: (0..<count).map { 64 * (1 + $0 % 7) })
    let scratch = [Int](repeating: 0, count: count)
    let plan = MemoryPlanner.plan(liveness, scratch: scratch, threads: 1)
    try MemoryPlanner.check(plan, liveness, scratch: scratch)
    #expect(plan.peak <= 2 * (64 + 128 + 256 + 512))
  }
}

@Suite("MemoryPlanner.check")
struct PlanCheckTests {
  @Test("Our own plans are accepted", arguments: 0..<100)
  func accepted(_ seed: UInt64) throws {
    let graph = RandomGraph(seed: seed)
    try MemoryPlanner.check(graph.plan, graph.liveness, scratch: graph.scratch)
  }

  /// Offsets are moved at random. The naive pairwise check of this file says which of the plans are still right, and both kinds
  /// must come up.
  @Test("Changed plans are accepted exactly when no live buffers overlap and all are inside the arena")
  func changed() {
    var (accepted, refused) = (0, 0)
    for seed in 0..<300 as Range<UInt64> {
      let graph = RandomGraph(seed: seed)
      var random = SplitMix64(seed: seed ^ 0xABCD)
      let plan = graph.moved(&random)
      let isRight = graph.isRight(plan)
      let isAccepted = (try? MemoryPlanner.check(plan, graph.liveness, scratch: graph.scratch)) != nil
      #expect(isAccepted == isRight, "seed \(seed)")
      if isAccepted { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted > 20)
    #expect(refused > 100)
  }

  @Test("A tensor or scratch memory without a place is refused")
  func nowhere() {
    let liveness = Liveness(chain: [64, 64])
    let plan = MemoryPlanner.plan(liveness, scratch: [64], threads: 1)
    func reason(_ tensors: [Int], _ scratch: [Int]) -> String {
      let changed = Model.MemoryPlan(
        threads: 1, fused: false, peak: plan.peak, tensorOffsets: tensors, scratchOffsets: scratch)
      do throws(LoadError) {
        try MemoryPlanner.check(changed, liveness, scratch: [64])
        return ""
      } catch {
        return error.description
      }
    }
    #expect(reason(plan.tensorOffsets, plan.scratchOffsets) == "")
    let nowhere = Model.MemoryPlan.nowhere
    #expect(reason([nowhere, plan.tensorOffsets[1]], plan.scratchOffsets).contains("a tensor has no place"))
    #expect(reason(plan.tensorOffsets, [nowhere]).contains("scratch memory has no place"))
  }

  @Test("A view away from its tensor is refused")
  func view() {
    var liveness = Liveness(chain: [64, 64])
    liveness.bufferOfTensor.append(0)
    let plan = MemoryPlanner.plan(liveness, scratch: [0], threads: 1)
    #expect(plan.tensorOffsets[2] == plan.tensorOffsets[0])
    let moved = Model.MemoryPlan(
      threads: 1, fused: false, peak: 256, tensorOffsets: [0, 64, 128], scratchOffsets: [0])
    #expect(throws: LoadError.self) { try MemoryPlanner.check(moved, liveness, scratch: [0]) }
  }
}
