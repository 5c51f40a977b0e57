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
    stepCount = random.int(in: 1...40)
    var buffers: [Liveness.Buffer] = []
    var bufferOfTensor: [Int?] = []
    func define(at step: Int) {
      let byteCount = random.int(in: 0...9) == 0 ? 0 : 64 * random.int(in: 1...(random.int(in: 0...1) == 0 ? 8 : 500))
      bufferOfTensor.append(buffers.count)
      buffers.append(Liveness.Buffer(byteCount: byteCount, first: step, last: step))
    }
    for _ in 0..<random.int(in: 1...2) { define(at: -1) }
    for step in 0..<stepCount {
      // Mostly the newest tensor, as in a chain; sometimes older ones; sometimes many, as in a concatenation.
      for _ in 0..<(random.int(in: 0...5) == 0 ? 4 : random.int(in: 1...2)) {
        let tensor = max(0, bufferOfTensor.count - 1 - (random.int(in: 0...2) == 0 ? random.int(in: 0...8) : 0))
        if let buffer = bufferOfTensor[tensor] { buffers[buffer].last = step }
      }
      if random.int(in: 0...6) == 0, let source = bufferOfTensor[bufferOfTensor.count - 1] {
        buffers[source].last = step
        bufferOfTensor.append(source)
      } else {
        for _ in 0..<(random.int(in: 0...5) == 0 ? 2 : 1) { define(at: step) }
      }
      if random.int(in: 0...8) == 0 { bufferOfTensor.append(nil) }  // a constant
    }
    buffers[buffers.count - 1].last = stepCount
    scratch = (0..<stepCount).map { _ in random.int(in: 0...1) == 0 ? 0 : 64 * random.int(in: 1...20) }
    if bufferOfTensor.last == .some(nil) { bufferOfTensor.removeLast() }
    liveness = Liveness(buffers: buffers, bufferOfTensor: bufferOfTensor)
  }

  var plan: Model.MemoryPlan { MemoryPlanner.plan(liveness, scratch: scratch, threads: 1) }

  /// A stretch of the arena and the steps during which its bytes matter.
  struct Piece {
    let buffer: Int
    let offset: Int
    let byteCount: Int
    let first: Int
    let last: Int

    func isAliveWith(_ other: Piece) -> Bool { max(first, other.first) <= min(last, other.last) }
  }

  /// All that have bytes; one for each buffer and each step's scratch memory.
  func pieces(_ plan: Model.MemoryPlan) -> [Piece] {
    var pieces: [Piece] = []
    for (index, buffer) in liveness.buffers.enumerated() where buffer.byteCount > 0 {
      guard let tensor = liveness.bufferOfTensor.firstIndex(of: index) else { continue }
      pieces.append(
        Piece(
          buffer: index, offset: plan.tensorOffsets[tensor], byteCount: buffer.byteCount, first: buffer.first,
          last: buffer.last))
    }
    for (step, byteCount) in scratch.enumerated() where byteCount > 0 {
      pieces.append(
        Piece(buffer: -1, offset: plan.scratchOffsets[step], byteCount: byteCount, first: step, last: step))
    }
    return pieces
  }

  /// The naive check: every pair, every bound.
  func isRight(_ plan: Model.MemoryPlan) -> Bool {
    let pieces = pieces(plan)
    for (i, a) in pieces.enumerated() {
      if a.offset < 0 || a.offset + a.byteCount > plan.peak { return false }
      for b in pieces[..<i] where a.isAliveWith(b) {
        if a.offset < b.offset + b.byteCount && b.offset < a.offset + a.byteCount { return false }
      }
    }
    return true
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
      let buffer = random.int(in: 0...(liveness.buffers.count - 1))
      for tensor in tensors.indices where liveness.bufferOfTensor[tensor] == buffer { tensors[tensor] = offset }
    }
    return Model.MemoryPlan(
      threads: 1, fused: false, peak: peak, tensorOffsets: tensors, scratchOffsets: scratchOffsets)
  }
}

extension Liveness {
  /// Tensor 0 is the input, tensor i the output of step i − 1, whose input is tensor i − 1.
  init(chain byteCounts: [Int]) {
    let buffers = byteCounts.enumerated().map { Buffer(byteCount: $1, first: $0 - 1, last: $0) }
    self.init(buffers: buffers, bufferOfTensor: Array(byteCounts.indices))
  }
}
