import EdgeTensor

/// Removes channels, round by round, where the answer suffers least for what is saved.
///
/// Each round follows, for every set of tied channels, the order in which Optimal Brain Surgeon would remove them: the error of what all
/// reading layers give after the channels that remain have made up for those removed. It tries numbers that remain, runs the
/// network with each, and carries out what costs the answer least for each product saved.
struct ChannelPruning {
  var stage: PruningStage
  private let drift: Double

  init(_ stage: PruningStage) throws(QuantError) {
    self.stage = stage
    drift = try stage.drift(stage.graph)
  }

  /// A set of units to remove, and what then becomes of the layers that read them.
  private struct Candidate {
    let group: Int
    let removed: Set<Int>
    /// By node, before channels are removed.
    let weights: [Int: LayerWeights]
    /// Error of what the readers give, relative to their energy.
    let error: Double
    /// The part of the network's products that is saved, or of its time where that is less than it should be.
    let saved: Double
  }

  /// Numbers of channels that remain are multiples of these. The kernels compute 16 output channels in the time of one and read
  /// inputs in fours, so that other numbers save nothing.
  private static let multiples = [4, 8, 16, 32, 64]

  /// - Parameters:
  ///   - target: part of the products to keep.
  ///   - progress: the done part in 0...1.
  /// - Throws: `pruning` if the network has too few channels that can be removed.
  mutating func reduce(to target: Double, progress: (Double) -> Void) throws(QuantError) {
    let before = LayerCost(stage.original)
    let start = Double(LayerCost(stage.graph).macs) / Double(before.macs)
    while true {
      let left = Double(LayerCost(stage.graph).macs) / Double(before.macs)
      guard left > target else { return }
      progress((start - left) / (start - target))
      let candidates = try candidates(left - target)
      guard !candidates.isEmpty else {
        throw .pruning(
          "\(Int(100 * left)) % of \(before.macs) multiply-accumulates are left where \(Int(100 * target)) % were wanted, and no "
            + "more channels can be removed; give a larger target")
      }
      try carryOut(candidates, left - target)
    }
  }

  /// Measures candidates and carries out the best, and others that are nearly as good and independent of it.
  private mutating func carryOut(_ candidates: [Candidate], _ missing: Double) throws(QuantError) {
    let now = try stage.drift(stage.graph)
    var scored: [(score: Double, candidate: Candidate)] = []
    for candidate in candidates {
      let error = try stage.drift(applied(candidate, to: stage.graph))
      // More than is missing is worth nothing.
      scored.append((max(error - now, 0) / min(candidate.saved, missing), candidate))
    }
    scored.sort {
      ($0.score, $0.candidate.group, $0.candidate.saved) < ($1.score, $1.candidate.group, $1.candidate.saved)
    }
    let budget = missing / 4
    var (saved, touched, groups) = (0.0, Set<Int>(), Set<Int>())
    for (score, candidate) in scored where score <= 1.25 * scored[0].score {
      guard saved < budget, !groups.contains(candidate.group), touched.isDisjoint(with: candidate.weights.keys) else {
        continue
      }
      stage.graph = applied(candidate, to: stage.graph)
      stage.units = stage.units.removing(candidate.removed)
      (saved, touched) = (saved + candidate.saved, touched.union(candidate.weights.keys))
      groups.insert(candidate.group)
    }
  }

  private func applied(_ candidate: Candidate, to graph: Graph) -> Graph {
    var graph = graph
    for (node, weights) in candidate.weights.sorted(by: { $0.key < $1.key }) {
      // An earlier candidate may have taken outputs of this layer.
      guard graph.weights(of: node)?.channelCount == weights.channelCount else { continue }
      graph.setWeights(node, weights)
    }
    return graph.removing(candidate.removed, stage.units)
  }

  /// The part of the products' share by which time should fall at least.
  private static let wantedTimeGain = 0.8

  /// Of networks that take long to run only the most promising number of each group is tried.
  private static let thoroughMacs = 60_000_000

  private func candidates(_ missing: Double) throws(QuantError) -> [Candidate] {
    let readers = readers
    var result: [Candidate] = []
    var (batch, byteCount): ([Int], Int) = ([], 0)
    func flush() throws(QuantError) {
      guard !batch.isEmpty else { return }
      result += try self.candidates(batch, readers)
      (batch, byteCount) = ([], 0)
    }
    for group in stage.units.groups.indices where !targetCounts(group).isEmpty && !(readers[group]?.isEmpty ?? true) {
      let bytes = readers[group]!.reduce(0) { $0 + (stage.layer($1)?.byteCount ?? 0) * (stage.workers.count + 1) }
      if byteCount + bytes > LayerStatisticsCollector.maximumByteCount { try flush() }
      batch.append(group)
      byteCount += bytes
    }
    try flush()
    result.removeAll { $0.saved <= 0 }
    guard LayerCost(stage.graph).macs > ChannelPruning.thoroughMacs else { return result }
    return Dictionary(grouping: result, by: { $0.group }).sorted { $0.key < $1.key }.compactMap { _, candidates in
      candidates.min { $0.error / min($0.saved, missing) < $1.error / min($1.saved, missing) }
    }
  }

  private func targetCounts(_ group: Int) -> [Int] {
    let count = stage.units.groups[group].count
    return Set(ChannelPruning.multiples.map { (count - 1) / $0 * $0 }.filter { $0 > 0 }).sorted(by: >)
  }

  /// By group: the layers that read its units; nil for a group with a reader that cannot be repaired.
  private var readers: [Int: [Int]] {
    var groupOfUnit: [Int: Int] = [:]
    for (group, units) in stage.units.groups.enumerated() { for unit in units { groupOfUnit[unit] = group } }
    var readers: [Int: [Int]] = [:]
    var refused = Set<Int>()
    for (index, node) in stage.graph.nodes.enumerated()
    where ["conv_2d", "fully_connected"].contains(node.operatorName) {
      guard let x = node.inputs[0] else { continue }
      let groups = Set(stage.units.labels[x].compactMap { groupOfUnit[$0] })
      if stage.layer(index)?.patches.groupCount == 1 {
        for group in groups { readers[group, default: []].append(index) }
      } else {
        refused.formUnion(groups)
      }
    }
    for group in refused { readers[group] = nil }
    return readers
  }

  private func candidates(_ groups: [Int], _ readers: [Int: [Int]]) throws(QuantError) -> [Candidate] {
    let nodes = Set(groups.flatMap { readers[$0]! }).sorted()
    let layers = nodes.map { stage.layer($0)! }
    let statistics = try stage.statistics(layers)
    let byNode = Dictionary(uniqueKeysWithValues: zip(nodes, zip(layers, statistics)))
    let (total, now) = (LayerCost(stage.original), LayerCost(stage.graph))
    return try stage.workers.map(groups.count) { _, index throws(QuantError) in
      let group = groups[index]
      var path = RemovalPath(stage, readers[group]!.map { byNode[$0]! })
      var candidates: [Candidate] = []
      var left = stage.units.groups[group]
      for count in targetCounts(group) {
        while left.count > count, let unit = path.removeCheapest(of: left) { left.removeAll { $0 == unit } }
        guard left.count == count else { break }
        let removed = Set(stage.units.groups[group]).subtracting(left)
        let smaller = LayerCost(stage.graph.removing(removed, stage.units))
        let products = Double(now.macs - smaller.macs) / Double(total.macs)
        let time = Double(now.time - smaller.time) / Double(total.time)
        candidates.append(
          Candidate(
            group: group, removed: removed, weights: path.weights, error: path.error,
            saved: min(products, time / ChannelPruning.wantedTimeGain)))
      }
      return candidates
    }.flatMap { $0 }
  }
}

/// The layers that read a set of channels, while those are removed one after the other.
private struct RemovalPath {
  private struct Reader {
    let node: Int
    let before: LayerWeights
    let means: [Double]
    /// Mean energy of what the layer gives.
    let energy: Double
    var surgeon: Surgeon
    /// By unit: inputs.
    let taps: [Int: [Int]]
  }

  private var readers: [Reader] = []
  /// Relative to what each reader gives, summed.
  private(set) var error = 0.0

  init(_ stage: PruningStage, _ layers: [(RepairLayer, RepairStatistics)]) {
    for (layer, statistics) in layers {
      guard let before = stage.graph.weights(of: layer.node) else { continue }
      let covariance = statistics.covariance(layer, 0)
      let weights = before.values.map(Double.init)
      guard let surgeon = Surgeon(covariance.damped(LeastSquares.damping), weights) else { continue }
      let channels = stage.units.labels[layer.x]
      var taps: [Int: [Int]] = [:]
      for k in 0..<before.depth { taps[channels[k % channels.count], default: []].append(k) }
      readers.append(
        Reader(
          node: layer.node, before: before, means: statistics.means(layer, 0),
          energy: RemovalPath.energy(weights, covariance), surgeon: surgeon, taps: taps))
    }
  }

  private static func energy(_ weights: [Double], _ covariance: SymmetricMatrix) -> Double {
    let order = covariance.order
    var energy = 0.0
    for start in stride(from: 0, to: weights.count, by: order) {
      for i in 0..<order where weights[start + i] != 0 {
        var sum = 0.0
        for j in 0..<order { sum += covariance[i, j] * weights[start + j] }
        energy += weights[start + i] * sum
      }
    }
    return max(energy, .leastNormalMagnitude)
  }

  /// Removes the unit that the readers miss least, the first of equals.
  mutating func removeCheapest(of units: [Int]) -> Int? {
    var (best, least) = (Int?.none, Double.infinity)
    for unit in units {
      var cost = 0.0
      for reader in readers {
        if let taps = reader.taps[unit] { cost += reader.surgeon.cost(taps) / reader.energy }
      }
      if cost < least { (best, least) = (unit, cost) }
    }
    guard let best else { return nil }
    error += least
    for index in readers.indices {
      if let taps = readers[index].taps[best] { readers[index].surgeon.remove(taps) }
    }
    return best
  }

  /// By node: the weights that make up for what was removed, which is 0; weights that were 0 stay so.
  var weights: [Int: LayerWeights] {
    var result: [Int: LayerWeights] = [:]
    for reader in readers { result[reader.node] = reader.before.replaced(by: reader.surgeon.weights, reader.means) }
    return result
  }
}

extension LayerWeights {
  /// Other weights, and biases that leave the means of the outputs as they were. Weights that were 0 stay so.
  /// - Parameter means: of the inputs.
  func replaced(by values: [Double], _ means: [Double]) -> LayerWeights {
    var result = self
    for channel in 0..<channelCount {
      var shift = 0.0
      for k in 0..<depth {
        let index = channel * depth + k
        guard self.values[index] != 0 else { continue }
        result.values[index] = Float(values[index])
        shift += (Double(self.values[index]) - Double(result.values[index])) * means[k]
      }
      result.bias[channel] = Float(Double(bias[channel]) + shift)
    }
    return result
  }
}
