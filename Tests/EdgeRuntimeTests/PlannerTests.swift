import EdgeModel
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

/// Memory planning, as properties of random graphs and by example.
@Suite("MemoryPlanner")
struct PlannerTests {
  @Test("No step writes to bytes that are needed, but where operators allow it", arguments: 0..<150)
  func noOverlap(_ seed: UInt64) {
    let graph = RandomGraph(seed: seed)
    #expect(graph.isRight(graph.plan), "seed \(seed)")
    let alone = graph.withoutLinks
    #expect(alone.isRight(alone.plan), "seed \(seed)")
  }

  @Test("Tensors that share nothing begin at multiples of the alignment", arguments: 0..<100)
  func alignment(_ seed: UInt64) {
    let plan = RandomGraph(seed: seed).withoutLinks.plan
    for offset in plan.tensorOffsets + plan.scratchOffsets where offset != Model.MemoryPlan.nowhere {
      #expect(offset % Model.alignment == 0)
    }
  }

  @Test("The peak is at least the largest live set, and nothing above it is wasted", arguments: 0..<200)
  func bounds(_ seed: UInt64) {
    let graph = RandomGraph(seed: seed)
    let plan = graph.plan
    let bound = graph.liveness.lowerBound(scratch: graph.scratch).byteCount
    #expect(plan.peak >= bound)
    #expect(plan.peak % Model.alignment == 0)
    let ends = zip(plan.tensorOffsets, graph.liveness.spans).compactMap { offset, span in
      span.map { offset + $0.byteCount }
    }
    let scratchEnds = zip(plan.scratchOffsets, graph.scratch).map { $1 == 0 ? 0 : $0 + $1 }
    #expect(plan.peak == MemoryPlanner.aligned((ends + scratchEnds).max() ?? 0))

    // Without sharing it is the live set, added up step by step.
    let alone = graph.withoutLinks
    let largest = (-1...graph.stepCount).map { step in
      alone.liveness.spans.reduce(step >= 0 && step < graph.stepCount ? graph.scratch[step] : 0) { sum, span in
        guard let span, span.first <= step, step <= span.last else { return sum }
        return sum + MemoryPlanner.aligned(span.byteCount)
      }
    }.max()
    #expect(alone.liveness.lowerBound(scratch: alone.scratch).byteCount == largest)
    #expect(bound <= largest ?? 0)
  }

  @Test("Sharing never takes more memory, and often less")
  func sharing() {
    var less = 0
    for seed in 0..<100 as Range<UInt64> {
      let graph = RandomGraph(seed: seed)
      let (peak, alone) = (graph.plan.peak, graph.withoutLinks.plan.peak)
      #expect(peak <= alone, "seed \(seed)")
      if peak < alone { less += 1 }
    }
    #expect(less > 30)
  }

  @Test("The same graph always gets the same plan", arguments: 0..<20)
  func deterministic(_ seed: UInt64) {
    #expect(RandomGraph(seed: seed).plan == RandomGraph(seed: seed).plan)
  }

  @Test("Of 200 random graphs most are placed optimally, and all together take less than 1 % more than the live sets")
  func quality() {
    var (optimal, total, bounds) = (0, 0, 0)
    for seed in 0..<200 as Range<UInt64> {
      let graph = RandomGraph(seed: seed)
      let bound = graph.liveness.lowerBound(scratch: graph.scratch).byteCount
      optimal += graph.plan.peak == bound ? 1 : 0
      total += graph.plan.peak
      bounds += bound
    }
    #expect(optimal >= 180)
    #expect(Double(total) < 1.01 * Double(bounds))
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
    let liveness = Liveness(
      stepCount: Model.maximumCount,
      spans: (0..<Model.maximumCount).map {
        Liveness.Span(byteCount: 64, first: $0 - 1, last: Model.maximumCount)
      })
    let scratch = [Int](repeating: 64, count: Model.maximumCount)
    let clock = ContinuousClock()
    let time = try clock.measure {
      let plan = MemoryPlanner.plan(liveness, scratch: scratch, threads: 1)
      #expect(plan.peak == 64 * (Model.maximumCount + 1))
      try MemoryPlanner.check(plan, liveness, scratch: scratch)
    }
    #expect(time < .seconds(30))
  }

  @Test("The largest chain of operators in place, each a link, is planned in seconds")
  func hugeInPlace() throws {
    let chain = Liveness(chain: [Int](repeating: 64, count: Model.maximumCount))
    let links = (0..<chain.stepCount).map {
      Liveness.Link(inner: $0, outer: $0 + 1, offset: 0, step: $0, endsInner: true)
    }
    let liveness = Liveness(stepCount: chain.stepCount, spans: chain.spans, links: links)
    let scratch = [Int](repeating: 0, count: chain.stepCount)
    let clock = ContinuousClock()
    let time = try clock.measure {
      let plan = MemoryPlanner.plan(liveness, scratch: scratch, threads: 1)
      #expect(plan.peak <= 192)
      try MemoryPlanner.check(plan, liveness, scratch: scratch)
    }
    #expect(time < .seconds(30))
  }

  @Test("Slots of the largest graphs are used again")
  func slots() throws {
    let count = MemoryPlanner.firstFitLimit + 1
    let liveness = Liveness(chain: (0..<count).map { 64 * (1 + $0 % 7) })
    let scratch = [Int](repeating: 0, count: count - 1)
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
        threads: 1, peak: plan.peak, tensorOffsets: tensors, scratchOffsets: scratch)
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

  @Test("A tensor inside another is refused where no operator allows it, or something needs its bytes later")
  func views() {
    // Tensor 1 is tensor 0 under another shape, tensor 2 is written over tensor 1.
    let spans = [(-1, 0), (0, 1), (1, 2)].map { Liveness.Span(byteCount: 64, first: $0.0, last: $0.1) }
    let view = Liveness.Link(inner: 1, outer: 0, offset: 0, step: 0, endsInner: false)
    let over = Liveness.Link(inner: 1, outer: 2, offset: 0, step: 1, endsInner: true)
    func accepts(_ offsets: [Int], _ links: [Liveness.Link], firstLast: Int = 0) -> Bool {
      var spans = spans
      spans[0].last = firstLast
      let plan = Model.MemoryPlan(
        threads: 1, peak: 192, tensorOffsets: offsets, scratchOffsets: [0, 0])
      return
        (try? MemoryPlanner.check(plan, Liveness(stepCount: 2, spans: spans, links: links), scratch: [0, 0])) != nil
    }
    #expect(accepts([0, 0, 0], [view, over]))
    #expect(!accepts([0, 0, 0], [view]) && !accepts([0, 0, 0], [over]) && !accepts([0, 0, 0], []))
    #expect(accepts([0, 64, 0], []))
    #expect(accepts([0, 0, 64], [view, over], firstLast: 2))
    #expect(!accepts([0, 0, 0], [view, over], firstLast: 1) && !accepts([0, 0, 0], [view, over], firstLast: 2))
    #expect(!accepts([0, 32, 0], [view, over]))
  }
}
