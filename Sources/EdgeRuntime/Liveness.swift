import EdgeModel
import EdgeTensor

/// Which tensors a model keeps in the arena, during which steps, and which of them may share bytes.
struct Liveness {
  /// Steps during which some bytes matter; −1 stands for "before the first step", `stepCount` for "after the last".
  struct Span {
    var byteCount: Int
    var first: Int
    var last: Int
    /// Of tensors with the same contents at the same place, the first, −1 for tensors without links; and, of that one, the last
    /// step at which any of them is needed.
    fileprivate var holder: Int
    fileprivate var contentsLast: Int

    init(byteCount: Int, first: Int, last: Int) {
      (self.byteCount, self.first, self.last) = (byteCount, first, last)
      (holder, contentsLast) = (-1, last)
    }

    var isEmpty: Bool { first > last || byteCount == 0 }

    func isAlive(with other: Span) -> Bool {
      !isEmpty && !other.isEmpty && first <= other.last && other.first <= last
    }
  }

  /// One tensor may lie inside another, because an operator allows it and lifetimes do.
  struct Link: Equatable {
    let inner: Int
    let outer: Int
    /// Where the inner begins in the outer, in bytes.
    let offset: Int
    let step: Int
    /// The inner is an input that nothing needs after `step`, where the outer takes over its bytes; else it is an output with the
    /// contents of a part of the outer, which is an input.
    let endsInner: Bool
  }

  let stepCount: Int
  /// By tensor: its own life, as if it shared nothing; nil for constants and the insides of fused blocks.
  private(set) var spans: [Span?]
  /// In the order of their steps.
  private(set) var links: [Link] = []

  init(stepCount: Int, spans: [Span?], links: [Link] = []) {
    (self.stepCount, self.spans, self.links) = (stepCount, spans, links)
  }
}

extension Liveness {
  /// - Parameters:
  ///   - pairs: by operator, what may share memory.
  ///   - blocks: their operators count as one step, that of the first; the tensors inside have no memory.
  init(_ model: Model, pairs: [[SharedBytes]], blocks: [FusedBlock] = []) {
    self.init(stepCount: model.operators.count, spans: [Span?](repeating: nil, count: model.tensors.count))
    func define(_ tensor: Int, at step: Int, in spans: inout [Span?]) {
      spans[tensor] = Span(byteCount: model.tensors[tensor].type.byteCount, first: step, last: step)
    }
    for tensor in model.inputs { define(tensor, at: -1, in: &spans) }
    var next = 0  // block
    var isFused = [Bool](repeating: false, count: stepCount)
    for (index, operation) in model.operators.enumerated() {
      if next < blocks.count, index >= blocks[next].operators.upperBound { next += 1 }
      isFused[index] = next < blocks.count && blocks[next].operators.contains(index)
      let step = isFused[index] ? blocks[next].operators.lowerBound : index
      for tensor in operation.inputs where tensor >= 0 { spans[tensor]?.last = step }
      if isFused[index], index + 1 < blocks[next].operators.upperBound { continue }
      for tensor in operation.outputs { define(tensor, at: step, in: &spans) }
    }
    for tensor in model.outputs { spans[tensor]?.last = stepCount }
    for (index, pairs) in pairs.enumerated() where !isFused[index] {
      for pair in pairs { link(pair, model.operators[index], index) }
    }
  }

  private mutating func link(_ pair: SharedBytes, _ operation: Model.Operator, _ step: Int) {
    let (input, output) = (operation.inputs[pair.input], operation.outputs[pair.output])
    guard input >= 0, let x = spans[input], let y = spans[output], x.byteCount > 0, y.byteCount > 0 else { return }
    switch pair.direction {
    case .inputInOutput where x.last == step:
      links.append(Link(inner: input, outer: output, offset: pair.offset, step: step, endsInner: true))
    case .inputInOutput: break
    case .outputInInput:
      links.append(Link(inner: output, outer: input, offset: pair.offset, step: step, endsInner: false))
    }
  }

  /// What each tensor must have for itself when some of the links hold.
  ///
  /// A tensor whose bytes another takes over ends a step earlier; one with another's contents begins when that ends. So
  /// what remains are stretches of bytes and steps that must not overlap, whatever shares what: a step that writes to bytes which
  /// anything still needs always makes two of them overlap.
  func spans(sharing links: [Link]) -> [Span?] {
    var spans = spans
    Liveness.narrow(&spans, links)
    return spans
  }

  /// - Parameters:
  ///   - spans: whole lives, at least of the tensors that the links are about.
  ///   - links: in the order of their steps.
  static func narrow(_ spans: inout [Span?], _ links: [Link]) {
    for link in links where link.endsInner { spans[link.inner]?.last = link.step - 1 }
    for link in links {
      for tensor in [link.outer, link.inner] {
        guard let last = spans[tensor]?.last else { continue }
        spans[tensor]?.contentsLast = last
        spans[tensor]?.holder = tensor
      }
    }
    // A window begins where the last of those ends that hold its contents until then.
    for link in links where !link.endsInner {
      guard let outer = spans[link.outer], let inner = spans[link.inner], let holder = spans[outer.holder] else {
        continue
      }
      let last = max(holder.contentsLast, inner.last)
      spans[link.inner]?.first = holder.contentsLast + 1
      spans[link.inner]?.contentsLast = last
      guard inner.byteCount == outer.byteCount else { continue }
      spans[link.inner]?.holder = outer.holder
      spans[outer.holder]?.contentsLast = last
    }
  }

  /// The largest sum of bytes that any plan needs at one step: no plan can need less.
  /// - Parameter scratch: bytes by step.
  func lowerBound(scratch: [Int]) -> (byteCount: Int, step: Int) {
    let (spans, saved) = least
    return Liveness.largest(spans, scratch: zip(scratch, saved).map { $0 - $1 })
  }

  /// The least that any plan needs: lives as far as no other tensor has the same contents; and, by step, the bytes that outputs may
  /// take over from inputs.
  var least: (spans: [Span?], savedByteCounts: [Int]) {
    var spans = spans(sharing: links.filter { !$0.endsInner })
    // Parts that one operator cuts do not overlap. Those of several may, and are counted but once.
    var steps = [Int](repeating: -1, count: spans.count)
    for link in links where !link.endsInner && isPart(link) {
      guard let holder = spans[link.outer]?.holder else { continue }
      if steps[holder] < 0 { steps[holder] = link.step }
      if steps[holder] != link.step { spans[link.inner] = nil }
    }
    roundUp(&spans, links)
    var saved = [Int](repeating: 0, count: stepCount)
    var (taken, step): ([Link], Int) = ([], -1)
    for link in links where link.endsInner {
      if step != link.step { (taken, step) = ([], link.step) }
      // One input can give its bytes but once, and each byte of the output be given but once.
      guard let inner = spans[link.inner], inner.first <= step, !isNeeded(inner, after: step, spans),
        !taken.contains(where: {
          $0.inner == link.inner || ($0.outer == link.outer && $0.offset == link.offset)
        })
      else { continue }
      taken.append(link)
      saved[step] += inner.byteCount
    }
    return (spans, saved)
  }

  /// Whether another tensor with the same contents is needed after a step.
  private func isNeeded(_ span: Span, after step: Int, _ spans: [Span?]) -> Bool {
    span.holder >= 0 && (spans[span.holder]?.contentsLast ?? step) > step
  }

  /// Whether the inner does not fill the outer.
  func isPart(_ link: Link) -> Bool { spans[link.inner]?.byteCount != spans[link.outer]?.byteCount }

  /// Rounds byte counts up to the alignment, but where tensors of different extents are linked: parts of a tensor touch.
  func roundUp(_ spans: inout [Span?], _ links: [Link]) {
    var isExact = [Bool](repeating: false, count: spans.count)
    if links.contains(where: isPart) {
      for link in links { (isExact[link.inner], isExact[link.outer]) = (true, true) }
    }
    for index in spans.indices where !isExact[index] {
      if let span = spans[index] { spans[index]?.byteCount = MemoryPlanner.aligned(span.byteCount) }
    }
  }

  /// The step at which the spans have the most bytes, and how many; among equals the first operator.
  /// - Parameter scratch: further bytes, by step.
  static func largest(_ spans: [Span?], scratch: [Int]) -> (byteCount: Int, step: Int) {
    let stepCount = scratch.count
    var change = [Int](repeating: 0, count: stepCount + 3)
    for case .some(let span) in spans where !span.isEmpty {
      change[span.first + 1] += span.byteCount
      change[span.last + 2] -= span.byteCount
    }
    var live = 0
    var largest = (byteCount: 0, step: 0)
    for step in -1...stepCount {
      live += change[step + 1]
      let total = MemoryPlanner.aligned(live + (scratch.indices.contains(step) ? scratch[step] : 0))
      if total > largest.byteCount || (total == largest.byteCount && largest.step < 0) { largest = (total, step) }
    }
    return largest
  }
}
