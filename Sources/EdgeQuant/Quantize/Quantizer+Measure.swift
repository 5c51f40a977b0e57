import EdgeTensor

extension Quantizer {
  /// A decided network measured against its float source.
  public struct Measurement {
    /// By recipe name: the answer's disturbance by each layer's own rounding.
    let sensitivity: [String: Sensitivity.Disturbance]
    /// By source tensor, within the quantized network.
    let energies: [Int: NetworkPair.Energy]
    let ranges: [Int: ChannelRanges]
    let histograms: [Int: Histogram]
    let group: [Int?]
    /// By tensor: values outside the range of its codes, and all.
    let clipped: [Int: (count: Int, total: Int)]

    /// The layers that disturb the answer most, first.
    public var ranking: [String] {
      sensitivity.sorted { ($0.value.noise, $1.key) > ($1.value.noise, $0.key) }.map { $0.key }
    }
  }

  /// Shares of values beyond a tensor's range that say that calibration never saw anything alike.
  private static let suspiciousShare = 0.05

  /// What samples that calibration did not have say about those it had, as sentences without a full stop.
  public func warnings(_ decision: Decision, _ measurement: Measurement) -> [String] {
    var cut: [(name: String, share: Double)] = []
    for (tensor, counts) in measurement.clipped.sorted(by: { $0.key < $1.key }) {
      let share = Double(counts.count) / Double(max(counts.total, 1))
      let name = decision.graph.tensors[tensor].name
      guard share > Quantizer.suspiciousShare, decision.recipe.activations[name]?.method != "fixed" else { continue }
      cut.append((name, share))
    }
    guard let worst = cut.max(by: { $0.share < $1.share }), let range = decision.recipe.activations[worst.name]?.range
    else { return [] }
    return [
      "the calibration samples are not like those of --data: there, more than "
        + "\(Figures.percent(Quantizer.suspiciousShare)) of the values of \(cut.count) tensor\(cut.count == 1 ? " is" : "s are") "
        + "beyond the range that calibration gave; of \"\(worst.name)\", \(Figures.percent(worst.share)) are beyond "
        + "\(range.minimum)...\(range.maximum)"
    ]
  }

  /// Measures every layer of a decision on samples.
  public func measure(_ decision: Decision, _ set: CalibrationSet) throws(QuantError) -> Measurement {
    let graph = decision.graph
    let compiled = try CompiledGraph(graph)
    progress("measuring layers", 0)
    let sensitivity = try Sensitivity(graph: graph, compiled: compiled, set: set, workers: workers)(decision.recipe) {
      progress("measuring layers", $0)
    }
    let pair = try NetworkPair(graph, float: compiled, decision.recipe)
    let energies = try pair.energies(set.spaced(64), workers)
    let run = try CalibrationRun(compiled, set, workers)
    let ranges = try run.channelRanges(graph)
    let group = graph.tensors.indices.map { ranges[$0] == nil ? nil : Int?($0) }
    let histograms = try run.histograms(group: group, ranges: ranges.mapValues { $0.range })
    return Measurement(
      sensitivity: sensitivity, energies: energies, ranges: ranges, histograms: histograms, group: group,
      clipped: try clipped(run, graph, decision.recipe))
  }

  private func clipped(
    _ run: CalibrationRun, _ graph: Graph, _ recipe: QuantizationRecipe
  ) throws(QuantError) -> [Int: (count: Int, total: Int)] {
    var limits: [Int: ValueRange] = [:]
    for (index, tensor) in graph.tensors.enumerated() where !tensor.isConstant && tensor.dataType == .float32 {
      limits[index] = recipe.activations[tensor.name]?.range
    }
    var byWorker = [[Int: (count: Int, total: Int)]](repeating: [:], count: run.workers.count)
    try byWorker.withEach { byWorker throws(QuantError) in
      try run { worker, _, tensor, bytes in
        guard let limit = limits[tensor] else { return }
        let values = bytes.bindMemory(to: Float.self)
        var count = 0
        for value in values where value < limit.minimum || value > limit.maximum { count += 1 }
        byWorker[worker][tensor, default: (0, 0)].count += count
        byWorker[worker][tensor, default: (0, 0)].total += values.count
      }
    }
    return byWorker.reduce(into: [:]) { sum, part in
      for (tensor, counts) in part {
        sum[tensor, default: (0, 0)].count += counts.count
        sum[tensor, default: (0, 0)].total += counts.total
      }
    }
  }

  /// Leaves layers in float32 until `isMet` says that the network is good enough; none of them can be int8 again then.
  /// - Returns: whether that was possible with at least one layer's weights in int8; if not, the decision stays.
  public func keepBudget(
    _ decision: inout Decision, _ measurement: Measurement, _ isMet: (Decision) throws(QuantError) -> Bool
  ) throws(QuantError) -> Bool {
    let graph = decision.graph
    var candidate = decision
    let recipe = try FloatBudget(graph, measurement.sensitivity).recipe(from: decision.recipe) {
      recipe throws(QuantError) in
      candidate.recipe = recipe
      return try isMet(candidate)
    }
    guard let recipe else { return false }
    let weighted = graph.nodes.filter {
      graph.quantizationRule(of: $0) != nil && WeightForm.byOperator[$0.operatorName] != nil
    }
    guard weighted.isEmpty || weighted.contains(where: { recipe.layers[graph.recipeName(of: $0)]?.isFloat != true })
    else { return false }
    decision.recipe = recipe
    return true
  }

  /// Signal-to-noise ratio of the answer of a decision on samples, in decibels.
  public func sqnr(_ decision: Decision, _ set: CalibrationSet) throws(QuantError) -> Double {
    let pair = try NetworkPair(decision.graph, float: try CompiledGraph(decision.graph), decision.recipe)
    let energies = try pair.energies(set, workers, of: decision.graph.decisiveTensors)
    return energies.values.reduce(into: NetworkPair.Energy()) { $0.add($1) }.sqnr
  }
}

extension QuantizationRecipe.Activation {
  /// What the codes −128…127 stand for, and half a step on either side.
  var range: ValueRange {
    ValueRange(
      minimum: scale * (Float(-128 - zeroPoint) - 0.5), maximum: scale * (Float(127 - zeroPoint) + 0.5))
  }
}
