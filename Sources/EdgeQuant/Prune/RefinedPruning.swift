import EdgeTensor

/// Prunes round by round: takes away what the answer depends on least, then lets gradient steps on all that remains bring the answer back.
struct RefinedPruning {
  private(set) var stage: PruningStage
  private let settings: RefinementSettings
  /// Called with the done part in 0...1.
  private let progress: (Double) -> Void
  private var doneSteps = 0

  /// Of all gradient steps, those between two rounds and those at the end.
  private static let stepsOfRound = 0.1
  private static let stepsAtEnd = 0.6
  /// Rounds in which channels go, and in which blocks do.
  private static let roundCount = 4
  /// So many samples tell what the answer depends on.
  private static let sensitivitySamples = 256

  init(_ stage: PruningStage, _ settings: RefinementSettings, progress: @escaping (Double) -> Void) {
    (self.stage, self.settings, self.progress) = (stage, settings, progress)
  }

  private func sensitivity() throws(QuantError) -> AnswerSensitivity {
    try AnswerSensitivity(stage.graph, stage.learning.spaced(RefinedPruning.sensitivitySamples), stage.workers)
  }

  /// - Parameters:
  ///   - part: of all gradient steps.
  ///   - done: the part of the whole that is done before.
  private mutating func refine(_ part: Double, after done: Double) throws(QuantError) {
    var refinement = Refinement()
    refinement.workers = stage.workers
    refinement.settings = settings
    refinement.settings.stepCount = max(Int(Double(settings.stepCount) * part), 1)
    refinement.settings.maximumMacs = settings.maximumMacs.map { $0 * part }
    // A start from which few steps are lost.
    try stage.repair { _ in }
    let progress = progress
    refinement.progress = { progress(done + part * $0) }
    stage.graph = try refinement(
      stage.graph, original: stage.original, channels: stage.keptChannels, learning: stage.learning,
      checking: stage.checking
    ).graph
  }

  // MARK: - Channels

  /// - Parameter target: part of the products to keep.
  /// - Throws: `pruning` if the network has too few channels that can be removed; `notDifferentiable`.
  mutating func removeChannels(to target: Double) throws(QuantError) {
    let before = LayerCost(stage.original)
    func left(_ graph: Graph) -> Double { Double(LayerCost(graph).macs) / Double(before.macs) }
    let start = left(stage.graph)
    for round in 1...RefinedPruning.roundCount {
      let part = Double(round) / Double(RefinedPruning.roundCount)
      let goal = round < RefinedPruning.roundCount ? start + (target - start) * part : target
      guard left(stage.graph) > goal else { continue }
      let sensitivity = try sensitivity().units(stage.units)
      while left(stage.graph) > goal {
        guard let removed = ChannelChoice(stage, sensitivity, before).cheapest(missing: left(stage.graph) - target)
        else {
          throw .pruning(
            "\(Int(100 * left(stage.graph))) % of \(before.macs) multiply-accumulates are left where \(Int(100 * target)) % "
              + "were wanted, and no more channels can be removed; give a larger target")
        }
        stage.graph = stage.graph.removing(removed, stage.units)
        stage.units = stage.units.removing(removed)
      }
      let isLast = left(stage.graph) <= target
      guard !isLast else { break }
      try refine(RefinedPruning.stepsOfRound, after: RefinedPruning.stepsOfRound * Double(round - 1))
    }
    try refine(RefinedPruning.stepsAtEnd, after: 1 - RefinedPruning.stepsAtEnd)
  }

  // MARK: - Blocks

  /// - Parameter sparsity: part of all blocks of convolutions and dense layers that shall be zero.
  /// - Throws: `pruning` if the layers do not allow so much; `notDifferentiable`.
  mutating func removeBlocks(to sparsity: Double) throws(QuantError) {
    var blocks: [Int: WeightBlocks] = [:]
    for node in stage.graph.nodes.indices where stage.graph.hasBlocks(node) {
      blocks[node] = WeightBlocks(stage.graph, node)
    }
    var layers: Set<Int>?
    for round in 1...RefinedPruning.roundCount {
      // Many at first, when there is most to spare; those gone stay gone.
      let left = 1 - Double(round) / Double(RefinedPruning.roundCount)
      let sensitivity = try sensitivity().blocks(blocks)
      let choice = try BlockChoice(stage.graph, blocks, sensitivity, sparsity: sparsity, among: layers)
      layers = choice.layers
      for (node, zeros) in choice.zeros(part: 1 - left * left * left) {
        guard let weights = stage.graph.weights(of: node), let layer = blocks[node] else { continue }
        stage.graph.setWeights(node, weights.withoutBlocks(zeros, layer))
      }
      guard round < RefinedPruning.roundCount else { break }
      try refine(RefinedPruning.stepsOfRound, after: RefinedPruning.stepsOfRound * Double(round - 1))
    }
    try refine(RefinedPruning.stepsAtEnd, after: 1 - RefinedPruning.stepsAtEnd)
  }
}

/// Which channels go next.
private struct ChannelChoice {
  let stage: PruningStage
  /// By unit.
  let sensitivity: [Int: Double]
  /// Of the unpruned network.
  let total: LayerCost

  /// Numbers of channels that remain are multiples of these: the kernels compute 8 or 16 output channels in the time of one and read inputs
  /// in fours, so that other numbers save little.
  private static let multiples = [4, 8, 16, 32, 64]

  /// The part of the products' share by which time should fall at least.
  private static let wantedTimeGain = 0.8

  init(_ stage: PruningStage, _ sensitivity: [Int: Double], _ total: LayerCost) {
    (self.stage, self.sensitivity, self.total) = (stage, sensitivity, total)
  }

  /// The units that the answer misses least for what is saved; nil if nothing can be removed.
  /// - Parameter missing: part of the unpruned network's products that has yet to be saved; more is worth nothing.
  func cheapest(missing: Double) -> Set<Int>? {
    let now = LayerCost(stage.graph)
    var (best, least) = (Set<Int>?.none, Double.infinity)
    for units in stage.units.groups {
      let ordered = units.sorted { (sensitivity[$0] ?? 0, $0) < (sensitivity[$1] ?? 0, $1) }
      let counts = Set(ChannelChoice.multiples.map { (units.count - 1) / $0 * $0 }.filter { $0 > 0 })
      for count in counts.sorted(by: >) {
        let removed = Set(ordered.prefix(units.count - count))
        let smaller = LayerCost(stage.graph.removing(removed, stage.units))
        let products = Double(now.macs - smaller.macs) / Double(total.macs)
        let time = Double(now.time - smaller.time) / Double(total.time)
        let saved = min(products, time / ChannelChoice.wantedTimeGain)
        guard saved > 0 else { continue }
        let lost = ordered.prefix(units.count - count).reduce(0) { $0 + (sensitivity[$1] ?? 0) }
        let score = lost / min(saved, missing)
        if score < least { (best, least) = (removed, score) }
      }
    }
    return best
  }
}

/// Which blocks of weights become zero.
private struct BlockChoice {
  /// The layers that are thinned out.
  let layers: Set<Int>
  /// By layer: its blocks, those that the answer misses least first, and how many become zero.
  private let order: [Int: [Int]]
  private let counts: [Int: Int]

  /// Parts of a layer's blocks that are zero in one that is thinned out: with fewer zeros it would be stored whole, and of each something
  /// should remain. Bytes are saved from the first; time from about half, measured with AVX-512 VNNI (`edgeinfer profile --ops`) on
  /// ResNet8: 3x3 from 64 to 64 channels with 55 % takes 3.98 us instead of 4.89 us, but from 32 to 32 with 45 % 5.60 us instead of
  /// 5.09 us.
  private static let parts = Double(100 - SparseStorage.maximumPercentage) / 100...0.9

  /// Blocks along the inputs that a layer should have: 3x3 from 16 to 16 channels, which has 36, takes 7.69 us instead of 6.06 us with
  /// 47 % of them zero. Smaller layers are thinned out only where the others are not enough.
  private static let gainingDepth = 64

  /// - Parameter chosen: the layers of an earlier round.
  init(
    _ graph: Graph, _ blocks: [Int: WeightBlocks], _ sensitivity: [Int: [Double]], sparsity: Double,
    among chosen: Set<Int>?
  ) throws(QuantError) {
    let wanted = Int((Double(blocks.values.reduce(0) { $0 + $1.count }) * sparsity).rounded(.up))
    func most(_ node: Int) -> Int { Int(Double(blocks[node]!.count) * BlockChoice.parts.upperBound) }
    var active = chosen ?? Set(blocks.filter { $0.value.count >= 4 && $0.value.depth >= BlockChoice.gainingDepth }.keys)
    if active.reduce(0, { $0 + most($1) }) < wanted { active = Set(blocks.filter { $0.value.count >= 4 }.keys) }
    guard active.reduce(0, { $0 + most($1) }) >= wanted else {
      throw .pruning("a sparsity of \(sparsity) is more than the layers allow; give a smaller one")
    }
    let order = sensitivity.mapValues { values in values.indices.sorted { (values[$0], $0) < (values[$1], $1) } }
    var counts: [Int: Int] = [:]
    while true {
      let candidates = active.flatMap { node in
        BlockChoice.costs(order[node]!.prefix(most(node)).map { sensitivity[node]![$0] }).map { ($0, node) }
      }.sorted { $0 < $1 }
      counts = [:]
      for (_, node) in candidates.prefix(wanted) { counts[node, default: 0] += 1 }
      // The layer that is furthest from saving anything is left alone, if the others are enough.
      let parts = active.map { (Double(counts[$0] ?? 0) / Double(blocks[$0]!.count), $0) }.sorted { $0 < $1 }
      guard let least = parts.first, least.0 < BlockChoice.parts.lowerBound,
        active.reduce(0, { $0 + ($1 == least.1 ? 0 : most($1)) }) >= wanted
      else { break }
      active.remove(least.1)
    }
    (layers, self.order, self.counts) = (active, order, counts)
  }

  /// What each block costs when those before it in a layer are gone: their errors add up, amplitudes and not powers, which keeps one layer
  /// from losing nearly all. ResNet-style CIFAR-10 network, 40 % of all blocks: six layers thinned out instead of four, the answer 11.1 dB
  /// above what changed in it instead of 10.6, and 67 % of the products left instead of 78.
  /// - Parameter sensitivities: squared, ascending.
  private static func costs(_ sensitivities: [Double]) -> [Double] {
    var amplitude = 0.0
    return sensitivities.map { own in
      defer { amplitude += own.squareRoot() }
      return own + 2 * amplitude * own.squareRoot()
    }
  }

  /// By layer, in order: the blocks that are zero when a part of all that shall be are.
  func zeros(part: Double) -> [(node: Int, blocks: Set<Int>)] {
    counts.sorted { $0.key < $1.key }.map { node, count in
      (node, Set(order[node]!.prefix(Int((Double(count) * part).rounded(.up)))))
    }
  }
}

extension LayerWeights {
  fileprivate func withoutBlocks(_ zeros: Set<Int>, _ blocks: WeightBlocks) -> LayerWeights {
    var result = self
    for (index, block) in blocks.blockOfWeight.enumerated() where zeros.contains(block) { result.values[index] = 0 }
    return result
  }
}
