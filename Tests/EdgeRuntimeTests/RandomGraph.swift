import EdgeModel
import _EdgeTestSupport

@testable import EdgeRuntime

/// Lifetimes as in a network: chains with branches that join later, several inputs and outputs, views, empty tensors, scratch memory.
struct RandomGraph {
  let liveness: Liveness
  let scratch: [Int]
  let stepCount: Int

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let stepCount = random.int(in: 1...40)
    var spans: [Liveness.Span?] = []
    var links: [Liveness.Link] = []
    func define(_ byteCount: Int, at step: Int) {
      spans.append(Liveness.Span(byteCount: byteCount, first: step, last: step))
    }
    func randomByteCount() -> Int {
      let unit = random.int(in: 0...4) == 0 ? 4 : 64
      return random.int(in: 0...9) == 0 ? 0 : unit * random.int(in: 1...(random.int(in: 0...1) == 0 ? 8 : 500))
    }
    for _ in 0..<random.int(in: 1...2) { define(randomByteCount(), at: -1) }
    for step in 0..<stepCount {
      // Mostly the newest tensor, as in a chain; sometimes older ones; sometimes many, as in a concatenation.
      var inputs: [Int] = []
      for _ in 0..<(random.int(in: 0...5) == 0 ? 4 : random.int(in: 1...2)) {
        let tensor = max(0, spans.count - 1 - (random.int(in: 0...2) == 0 ? random.int(in: 0...8) : 0))
        guard let span = spans[tensor] else { continue }
        spans[tensor]?.last = step
        if span.byteCount > 0 { inputs.append(tensor) }
      }
      let first = spans.count
      func link(_ inner: Int, _ outer: Int, _ offset: Int, endsInner: Bool) {
        links.append(Liveness.Link(inner: inner, outer: outer, offset: offset, step: step, endsInner: endsInner))
      }
      switch inputs.isEmpty ? 9 : random.int(in: 0...9) {
      case 0:  // the same bytes under another shape
        define(spans[inputs[0]]?.byteCount ?? 0, at: step)
        link(first, inputs[0], 0, endsInner: false)
      case 1, 2:  // element by element
        define(spans[inputs[0]]?.byteCount ?? 0, at: step)
        for input in inputs where spans[input]?.byteCount == spans[first]?.byteCount {
          link(input, first, 0, endsInner: true)
        }
      case 3:  // one after the other
        define(inputs.reduce(0) { $0 + (spans[$1]?.byteCount ?? 0) }, at: step)
        var offset = 0
        for input in inputs {
          link(input, first, offset, endsInner: true)
          offset += spans[input]?.byteCount ?? 0
        }
      case 4:  // in parts
        let byteCount = spans[inputs[0]]?.byteCount ?? 0
        let part = byteCount / 8 * 4
        for (index, count) in [part, byteCount - part].enumerated() {
          define(count, at: step)
          if count > 0 { link(first + index, inputs[0], index * part, endsInner: false) }
        }
      default:
        for _ in 0..<(random.int(in: 0...5) == 0 ? 2 : 1) { define(randomByteCount(), at: step) }
      }
      if random.int(in: 0...8) == 0 { spans.append(nil) }  // a constant
    }
    if case .some(.none) = spans.last { spans.removeLast() }
    spans[spans.count - 1]?.last = stepCount
    self.stepCount = stepCount
    scratch = (0..<stepCount).map { _ in random.int(in: 0...1) == 0 ? 0 : 64 * random.int(in: 1...20) }
    // An input can only be taken over where nothing reads it later.
    liveness = Liveness(
      stepCount: stepCount, spans: spans, links: links.filter { !$0.endsInner || spans[$0.inner]?.last == $0.step })
  }

  private init(_ liveness: Liveness, _ scratch: [Int]) {
    (self.liveness, self.scratch, stepCount) = (liveness, scratch, liveness.stepCount)
  }

  /// The same lives, where no operator allows to share anything.
  var withoutLinks: RandomGraph { RandomGraph(Liveness(stepCount: stepCount, spans: liveness.spans), scratch) }

  var plan: Model.MemoryPlan { MemoryPlanner.plan(liveness, scratch: scratch, threads: 1) }

  /// The naive check: what every step writes, against everything that is needed then.
  ///
  /// A step writes its outputs, unless these have the contents of an input that lies there, and its scratch memory. It must not
  /// write to the bytes of any tensor that lives, other than the one that is written, and an input that the output may be written
  /// over or already contains.
  func isRight(_ plan: Model.MemoryPlan) -> Bool {
    var written: [(offset: Int, byteCount: Int, tensor: Int?)] = []
    func isLinked(_ inner: Int, _ outer: Int, _ step: Int, endsInner: Bool) -> Bool {
      liveness.links.contains {
        $0.inner == inner && $0.outer == outer && $0.step == step && $0.endsInner == endsInner
          && plan.tensorOffsets[inner] == plan.tensorOffsets[outer] + $0.offset
      }
    }
    for step in -1..<stepCount {
      written = []
      for (tensor, span) in liveness.spans.enumerated() {
        guard let span, span.first == step, span.byteCount > 0 else { continue }
        if liveness.links.contains(where: {
          $0.inner == tensor && !$0.endsInner && isLinked(tensor, $0.outer, step, endsInner: false)
        }) {
          continue
        }
        written.append((plan.tensorOffsets[tensor], span.byteCount, tensor))
      }
      if step >= 0, scratch[step] > 0 { written.append((plan.scratchOffsets[step], scratch[step], nil)) }
      for (index, write) in written.enumerated() {
        for other in written[..<index] where overlaps(write, other) { return false }
        for (tensor, span) in liveness.spans.enumerated() {
          guard let span, tensor != write.tensor, span.byteCount > 0, span.first < step || isView(tensor, step, plan),
            span.last >= step
          else { continue }
          guard overlaps(write, (plan.tensorOffsets[tensor], span.byteCount, nil)) else { continue }
          guard let output = write.tensor, isLinked(tensor, output, step, endsInner: true) else { return false }
        }
      }
    }
    for (tensor, span) in liveness.spans.enumerated() {
      guard let span else { continue }
      let offset = plan.tensorOffsets[tensor]
      if offset < 0 || offset + span.byteCount > plan.peak { return false }
    }
    return scratch.indices.allSatisfy { scratch[$0] == 0 || plan.scratchOffsets[$0] + scratch[$0] <= plan.peak }
  }

  /// Whether a tensor that begins at this step has contents that were there before.
  private func isView(_ tensor: Int, _ step: Int, _ plan: Model.MemoryPlan) -> Bool {
    liveness.spans[tensor]?.first == step
      && liveness.links.contains {
        $0.inner == tensor && !$0.endsInner && plan.tensorOffsets[tensor] == plan.tensorOffsets[$0.outer] + $0.offset
      }
  }

  private func overlaps(
    _ a: (offset: Int, byteCount: Int, tensor: Int?), _ b: (offset: Int, byteCount: Int, tensor: Int?)
  ) -> Bool {
    a.offset < b.offset + b.byteCount && b.offset < a.offset + a.byteCount
  }

  /// The plan with one buffer or one step's scratch memory elsewhere, in an arena that may be larger.
  func moved(_ random: inout SplitMix64) -> Model.MemoryPlan {
    let plan = plan
    var (tensors, scratchOffsets) = (plan.tensorOffsets, plan.scratchOffsets)
    let peak = plan.peak + random.int(in: 0...1) * 64 * random.int(in: 1...1000)
    let offset = 64 * random.int(in: 0...(peak / 64))
    if random.int(in: 0...3) == 0 {
      scratchOffsets[random.int(in: 0...(stepCount - 1))] = offset
    } else {
      let tensor = random.int(in: 0...(tensors.count - 1))
      if tensors[tensor] != Model.MemoryPlan.nowhere { tensors[tensor] = offset }
    }
    return Model.MemoryPlan(
      threads: 1, peak: peak, tensorOffsets: tensors, scratchOffsets: scratchOffsets)
  }
}

extension Liveness {
  /// Tensor 0 is the input, tensor i the output of step i − 1, whose input is tensor i − 1.
  init(chain byteCounts: [Int]) {
    self.init(
      stepCount: byteCounts.count - 1,
      spans: byteCounts.enumerated().map { Span(byteCount: $1, first: $0 - 1, last: $0) })
  }
}
