import EdgeModel

/// Decides which candidates become blocks. It depends on model and thread count alone, so that host and board agree.
///
/// What is alive while a block or an operator runs does not depend on what else is fused. So the smallest live-set bound that
/// fusing can reach is found exactly, by dynamic programming over the operators; then, among all ways to reach it, the one that
/// costs the least time: without need a block is made only where it keeps large tensors out of memory.
struct FusionChoice {
  private let stepCount: Int
  /// By operator: bytes alive while it runs, without its outputs and scratch memory; and those of its outputs.
  private var alive: [Int]
  private var born: [Int]
  private let scratch: [Int]
  private let threads: Int

  /// - Parameter scratch: bytes by operator, for all workers.
  init(_ liveness: Liveness, scratch: [Int], threads: Int) {
    stepCount = scratch.count
    self.scratch = scratch
    self.threads = threads
    var change = [Int](repeating: 0, count: stepCount + 1)
    born = [Int](repeating: 0, count: stepCount)
    let (spans, saved) = liveness.least
    for case .some(let span) in spans where !span.isEmpty {
      if (0..<stepCount).contains(span.first) { born[span.first] += span.byteCount }
      // Alive before the operators first + 1 ... last.
      let end = min(span.last, stepCount - 1) + 1
      guard span.first + 1 < end else { continue }
      change[span.first + 1] += span.byteCount
      change[end] -= span.byteCount
    }
    alive = []
    var live = 0
    for step in 0..<stepCount {
      live += change[step]
      alive.append(live - saved[step])
    }
  }

  /// - Parameter candidates: in the order of their ends.
  func choose(_ candidates: [FusedBlock]) -> [FusedBlock] {
    guard !candidates.isEmpty else { return [] }
    var byEnd = [[FusedBlock]](repeating: [], count: stepCount + 1)
    for block in candidates { byEnd[block.operators.upperBound].append(block) }

    var bounds = [0]  // by number of operators done
    for end in 1...stepCount {
      var best = max(bounds[end - 1], liveByteCount(end - 1))
      for block in byEnd[end] { best = min(best, max(bounds[block.operators.lowerBound], liveByteCount(block))) }
      bounds.append(best)
    }
    let bound = bounds[stepCount]

    var costs: [Int?] = [0]
    var choices: [FusedBlock?] = [nil]
    for end in 1...stepCount {
      var cost = liveByteCount(end - 1) <= bound ? costs[end - 1] : nil
      var choice: FusedBlock?
      for block in byEnd[end] where liveByteCount(block) <= bound {
        guard let before = costs[block.operators.lowerBound] else { continue }
        let total = before + FusionChoice.cost(block)
        guard cost.map({ total < $0 }) ?? true else { continue }
        (cost, choice) = (total, block)
      }
      costs.append(cost)
      choices.append(choice)
    }

    var blocks: [FusedBlock] = []
    var end = stepCount
    while end > 0 {
      if let block = choices[end] { blocks.append(block) }
      end = choices[end]?.operators.lowerBound ?? end - 1
    }
    return blocks.reversed()
  }

  private func liveByteCount(_ step: Int) -> Int { alive[step] + born[step] + scratch[step] }

  private func liveByteCount(_ block: FusedBlock) -> Int {
    alive[block.operators.lowerBound] + born[block.operators.upperBound - 1] + block.scratchByteCount * threads
  }

  /// Tensors larger than this do not stay in the nearest cache that they share with weights.
  private static let largeByteCount = 256 << 10

  /// Half of what handing out parts takes: the other half is left for cores that wait less for each other.
  private static let handOut = 3 << 10

  /// Time that a block takes beyond its operators one by one, in the time of moving one byte to memory and back.
  private static func cost(_ block: FusedBlock) -> Int {
    let gain = block.middleByteCount > largeByteCount ? min(block.middleByteCount, 1 << 40) : 0
    let smallChunk = block.hasPreferredChunk ? 0 : 1 << 10
    let recomputed = min(block.recomputedProductCount, 1 << 40) / 16
    guard block.isOneShare else { return recomputed + smallChunk + 64 - gain }
    return min(block.unevenProductCount, 1 << 40) / 16 - handOut - gain
  }
}
