import EdgeTensor

/// Sets blocks of weights to zero that the sparse kernels then skip: 16 output channels by 4 inputs of a kernel row.
///
/// Which blocks of a layer, and how the others make up for them, is Optimal Brain Surgeon's choice, for each 16 output channels on their
/// own. How many in which layer follows from what the answer loses when the layer alone is thinned out to one of a few levels.
struct BlockPruning {
  var stage: PruningStage

  /// Parts of a layer's blocks that may be zero. With fewer zeros a layer would gain nothing: measured with AVX-512 VNNI
  /// (`edgeinfer profile --ops`) on ResNet8, 3x3 from 64 to 64 channels with 55 % takes 3.98 us instead of 4.89 us, but from 32 to 32
  /// with 45 % 5.60 us instead of 5.09 us.
  private static let levels = [0.55, 0.65, 0.75, 0.85]

  /// Blocks along the inputs that a layer should have: 3x3 from 16 to 16 channels, which has 36, takes 7.69 us instead of 6.06 us with
  /// 47 % of them zero. Smaller layers are thinned out only where the others are not enough.
  private static let gainingDepth = 64

  /// - Parameters:
  ///   - sparsity: part of all blocks of convolutions and dense layers that shall be zero.
  ///   - progress: the done part in 0...1.
  mutating func reduce(to sparsity: Double, progress: (Double) -> Void) throws(QuantError) {
    let layers = stage.layers.filter { stage.layer($0)?.patches.groupCount == 1 && isPlain($0) }
    let counts = try allocate(layers, sparsity) { progress(0.6 * $0) }
    var done = 0
    for node in layers {
      done += 1
      progress(0.6 + 0.2 * Double(done) / Double(layers.count))
      guard let count = counts[node], count > 0, let layer = stage.layer(node, hasTargets: true),
        let weights = stage.graph.weights(of: node)
      else { continue }
      let statistics = try stage.statistics([layer], samples: stage.repairSamples(layers.count))[0]
      let fitted = LeastSquares(layer: layer, statistics: statistics).fitted(weights)
      let blocks = WeightBlocks(stage.graph, node)
      stage.graph.setWeights(
        node, try blocks.pruned(fitted, layer, statistics, zeroCounts: [count], stage.workers)[0])
    }
    try stage.repair { progress(0.8 + 0.2 * $0) }
  }

  private func isPlain(_ node: Int) -> Bool { stage.graph.nodes[node].operatorName != "depthwise_conv_2d" }

  /// By node: how many blocks shall be zero.
  private func allocate(
    _ layers: [Int], _ sparsity: Double, progress: (Double) -> Void
  ) throws(QuantError) -> [Int: Int] {
    struct Choice {
      let node: Int
      let zeroCount: Int
      let error: Double
    }
    let base = try stage.drift(stage.graph)
    var choices: [Choice] = []
    var total = 0
    for (position, node) in layers.enumerated() {
      progress(Double(position) / Double(layers.count))
      guard let layer = stage.layer(node), let weights = stage.graph.weights(of: node) else { continue }
      let blocks = WeightBlocks(stage.graph, node)
      total += blocks.count
      let counts = BlockPruning.levels.map { Int((Double(blocks.count) * $0).rounded(.up)) }
      guard blocks.count >= 4, Set(counts).count == counts.count else { continue }
      let statistics = try stage.statistics([layer], samples: stage.repairSamples(layers.count))[0]
      let pruned = try blocks.pruned(weights, layer, statistics, zeroCounts: counts, stage.workers)
      for (count, weights) in zip(counts, pruned) {
        var graph = stage.graph
        graph.setWeights(node, weights)
        choices.append(Choice(node: node, zeroCount: count, error: max(try stage.drift(graph) - base, 0)))
      }
    }
    let wanted = Int((Double(total) * sparsity).rounded(.up))
    let gaining = choices.filter { WeightBlocks(stage.graph, $0.node).depth >= BlockPruning.gainingDepth }
    let most = Dictionary(grouping: gaining, by: { $0.node }).values.reduce(0) {
      $0 + ($1.map { $0.zeroCount }.max() ?? 0)
    }
    if most >= wanted { choices = gaining }
    var chosen: [Int: Choice] = [:]
    while true {
      let missing = wanted - chosen.values.reduce(0) { $0 + $1.zeroCount }
      guard missing > 0 else { return chosen.mapValues { $0.zeroCount } }
      var (best, least) = (Choice?.none, Double.infinity)
      for choice in choices where choice.zeroCount > chosen[choice.node]?.zeroCount ?? 0 {
        let gained = min(choice.zeroCount - (chosen[choice.node]?.zeroCount ?? 0), missing)
        let score = (choice.error - (chosen[choice.node]?.error ?? 0)) / Double(gained)
        if score < least { (best, least) = (choice, score) }
      }
      guard let best else {
        throw .pruning("a sparsity of \(sparsity) is more than the layers allow; give a smaller one")
      }
      chosen[best.node] = best
    }
  }
}

/// The blocks of a layer's weights as `o16k4` has them: 16 output channels by 4 inputs.
///
/// Why this shape: one input of four bytes is broadcast to sixteen sums, so that leaving out a block leaves out an instruction in every
/// kernel (`make bench-kernels` shows 50, 75 and 90 % of zeros). Finer blocks keep more of the answer, but no kernel gains from them: sums that
/// read different inputs need a permutation for each product. ResNet8 with half of all its blocks zero, refined on 500 samples, keeps the
/// answer above what changed in it by (outputs x inputs) 1x1 20.1 dB, 4x1 15.6, 1x4 15.3, 16x1 14.4, 4x4 14.3, 8x4 13.4, 16x4 12.7 dB;
/// with 8,000 samples and four times the steps 16x4 keeps 14.6 dB.
struct WeightBlocks {
  private let channelCount: Int
  /// The weights of one channel that lie in one block, for each block of 16 channels alike.
  private let inputs: [[Int]]

  init(_ graph: Graph, _ node: Int) {
    let shape = graph.input(1, of: graph.nodes[node])!.shape!
    channelCount = shape[0]
    let (rows, rowDepth) = shape.rank == 4 ? (shape[1], shape[2] * shape[3]) : (1, shape[1])
    inputs = (0..<rows).flatMap { row in
      stride(from: 0, to: rowDepth, by: 4).map { k in
        Array(row * rowDepth + k..<row * rowDepth + min(k + 4, rowDepth))
      }
    }
  }

  private var channelBlockCount: Int { (channelCount + 15) / 16 }

  var count: Int { channelBlockCount * inputs.count }

  /// By weight, `[channelCount, depth]`: its block.
  var blockOfWeight: [Int] {
    var row = [Int](repeating: 0, count: inputs.reduce(0) { $0 + $1.count })
    for (block, inputs) in inputs.enumerated() { for input in inputs { row[input] = block } }
    return (0..<channelCount).flatMap { channel in row.map { channel / 16 * inputs.count + $0 } }
  }

  /// Blocks that hold nothing but zeros.
  func zeroCount(_ weights: LayerWeights) -> Int {
    var isZero = [Bool](repeating: true, count: count)
    for (index, block) in blockOfWeight.enumerated() where weights.values[index] != 0 { isZero[block] = false }
    return isZero.count { $0 }
  }

  /// Blocks along the inputs.
  var depth: Int { inputs.count }

  /// The layer with `zeroCounts` blocks set to zero, in the order of `zeroCounts`, which increases.
  func pruned(
    _ weights: LayerWeights, _ layer: RepairLayer, _ statistics: RepairStatistics, zeroCounts: [Int], _ workers: Workers
  ) throws(QuantError) -> [LayerWeights] {
    let depth = weights.depth
    guard let inverse = statistics.covariance(layer, 0).damped(LeastSquares.damping).inverse() else {
      return zeroCounts.map { _ in weights }
    }
    func rows(_ block: Int) -> Range<Int> { block * 16..<min(block * 16 + 16, channelCount) }
    func surgeon(_ block: Int) -> Surgeon {
      Surgeon(
        inverse: inverse,
        weights.values[rows(block).lowerBound * depth..<rows(block).upperBound * depth].map(Double.init))
    }
    // First how the error grows in each block of channels, then where all of them together stop.
    let costs = try workers.map(channelBlockCount) { _, block throws(QuantError) in
      var surgeon = surgeon(block)
      return remove(&surgeon, upTo: inputs.count - 1).map { $0.cost }
    }
    let merged = costs.enumerated().flatMap { block, costs in
      // A cheap block behind an expensive one is had only together with that.
      costs.reduce(into: [Double]()) { $0.append(max($1, $0.last ?? 0)) }.enumerated().map { ($1, block, $0) }
    }.sorted { $0 < $1 }
    let stops = zeroCounts.map { count in
      merged.prefix(count).reduce(into: Array(repeating: 0, count: channelBlockCount)) { $0[$1.1] += 1 }
    }
    let results = try workers.map(channelBlockCount) { _, block throws(QuantError) -> [[Double]] in
      var surgeon = surgeon(block)
      var removed: [Int] = []
      return stops.map { stop in
        let more = remove(&surgeon, upTo: stop[block] - removed.count, except: removed)
        removed += more.map { $0.input }
        return surgeon.weights
      }
    }
    let means = statistics.means(layer, 0)
    return zeroCounts.indices.map { level in
      var result = weights.replaced(by: results.flatMap { $0[level] }, means)
      // Rounding to float32 never brings back what was removed, and what was 0 before stays.
      for index in result.values.indices where weights.values[index] == 0 { result.values[index] = 0 }
      return result
    }
  }

  /// Removes the cheapest blocks, in large layers several at a time.
  private func remove(_ surgeon: inout Surgeon, upTo limit: Int, except: [Int] = []) -> [(input: Int, cost: Double)] {
    let step = max(inputs.count / 128, 1)
    var left = inputs.indices.filter { !except.contains($0) }
    var removed: [(input: Int, cost: Double)] = []
    while removed.count < limit, !left.isEmpty {
      let costs = left.map { (cost: surgeon.cost(inputs[$0]), input: $0) }.sorted { $0 < $1 }
      let cheapest = costs.prefix(min(step, limit - removed.count))
      surgeon.remove(cheapest.flatMap { inputs[$0.input] })
      removed += cheapest.map { ($0.input, $0.cost) }
      left.removeAll { input in cheapest.contains { $0.input == input } }
    }
    return removed
  }
}
