import EdgeTensor

/// A network while it is pruned, beside the original, with what is needed to measure and to repair it.
struct PruningStage {
  let original: Graph
  let learning: CalibrationSet
  /// Samples that repairs do not see.
  let checking: CalibrationSet
  let drift: NetworkDrift
  let workers: Workers
  /// The network as it is now. Activations keep the original's numbers.
  var graph: Graph
  /// Of `graph`.
  var units: ChannelUnits
  private let originalUnits: ChannelUnits
  private let probe: ProbeGraph
  private let compiledProbe: CompiledGraph
  /// By tensor of the probe graph: its largest magnitude.
  private let magnitudes: [Int: Double]

  /// - Parameter source: in source form, with unique names.
  init(_ source: Graph, _ set: CalibrationSet, _ workers: Workers) throws(QuantError) {
    (learning, checking) = set.heldOut
    (original, graph, self.workers) = (source, source, workers)
    originalUnits = ChannelUnits(source)
    units = originalUnits
    drift = try NetworkDrift(source, checking, workers)
    probe = ProbeGraph(source)
    compiledProbe = try CompiledGraph(probe.graph)
    magnitudes = try CalibrationRun(compiledProbe, learning, workers).channelRanges(probe.graph).mapValues {
      Double(max(-$0.range.minimum, $0.range.maximum))
    }
  }

  /// By tensor that lost channels: the original's that are left.
  var keptChannels: [Int: [Int]] {
    var kept: [Int: [Int]] = [:]
    for (tensor, labels) in originalUnits.labels.enumerated() where labels.count != units.labels[tensor].count {
      let left = Set(units.labels[tensor])
      kept[tensor] = labels.indices.filter { left.contains(labels[$0]) }
    }
    return kept
  }

  /// The layers with weights, in order.
  var layers: [Int] { graph.nodes.indices.filter { graph.weights(of: $0) != nil && layer($0) != nil } }

  /// - Returns: nil if the node is no layer that can be repaired.
  func layer(_ node: Int, hasTargets: Bool = false) -> RepairLayer? {
    let operation = graph.nodes[node]
    guard let form = WeightForm.byOperator[operation.operatorName], let x = operation.inputs[form.xOperand],
      let patches = LayerPatches(operation, graph), patches.depth > 0, patches.positionCount > 0,
      patches.depth <= LayerStatisticsCollector.maximumDepth,
      let channelCount = graph.input(form.weightsOperand, of: operation)?.shape?[form.channelAxis]
    else { return nil }
    // Repaired layers may overshoot what calibration saw of the original.
    let largest = 1.5 * (magnitudes[x] ?? 0)
    return RepairLayer(
      node: node, x: x, channelCount: channelCount, patches: patches,
      step: largest > 0 ? largest / RepairLayer.inputLimit : 1, targets: hasTargets ? targets(node) : nil)
  }

  /// The outputs of the original layer; where an addition follows, what makes the sum the original's.
  private func targets(_ node: Int) -> RepairLayer.Targets {
    let output = graph.nodes[node].outputs[0]
    let left = Set(units.labels[output])
    let labels = originalUnits.labels[output]
    let present = ProbeGraph(graph).preActivations
    var original = [probe.preActivations[node] ?? output]
    var follower = node
    var minusPresent: [Int] = []
    let links = graph.links
    if probe.preActivations[node] == nil, let reader = links.soleReader(of: output),
      graph.nodes[reader].operatorName == "add"
    {
      let others = graph.nodes[reader].inputs.compactMap { $0 }.filter { $0 != output }
      let sum = graph.nodes[reader].outputs[0]
      if others.count == 1, !graph.tensors[others[0]].isConstant,
        graph.tensors[others[0]].shape == graph.tensors[sum].shape,
        graph.tensors[output].shape == graph.tensors[sum].shape
      {
        (original, minusPresent, follower) = ([probe.preActivations[reader] ?? sum], others, reader)
      }
    }
    let largest = 2 * (original + minusPresent).reduce(0) { $0 + (magnitudes[$1] ?? 0) }
    return .init(
      original: original, minusPresent: minusPresent,
      channels: labels.isEmpty
        ? Array(0..<(graph.tensors[output].shape?.dimensions.last ?? 0))
        : labels.indices.filter { left.contains(labels[$0]) },
      step: largest > 0 ? largest / RepairLayer.targetLimit : 1,
      rectified: ["relu", "relu6"].contains(graph.nodes[follower].attributes.text("activation") ?? "none")
        ? [present[follower]].compactMap { $0 } : [])
  }

  /// What the layers read now, and should give where they have targets.
  func statistics(_ layers: [RepairLayer], samples: Int = .max) throws(QuantError) -> [RepairStatistics] {
    let collector = RepairCollector(
      original: layers.contains { $0.targets != nil } ? compiledProbe : nil,
      present: try CompiledGraph(ProbeGraph(graph).graph),
      set: learning.spaced(samples), workers: workers)
    return try collector(layers)
  }

  /// Fits one layer after the other to the original network and keeps what helps the answer.
  /// - Parameter progress: the done part in 0...1.
  mutating func repair(progress: (Double) -> Void) throws(QuantError) {
    var least = try drift(graph)
    var changed = changedTensors
    let layers = layers
    for (position, node) in layers.enumerated() {
      progress(Double(position) / Double(layers.count))
      guard graph.nodes[node].inputs.contains(where: { $0.map(changed.contains) ?? false }) || isChanged(node),
        let layer = layer(node, hasTargets: true), let weights = graph.weights(of: node)
      else { continue }
      let statistics = try statistics([layer], samples: repairSamples(layers.count))
      var repaired = graph
      repaired.setWeights(node, LeastSquares(layer: layer, statistics: statistics[0]).fitted(weights))
      let error = try drift(repaired)
      if error < least {
        (graph, least) = (repaired, error)
        changed = changedTensors
      }
    }
  }

  /// So many that repairing takes minutes for large networks, too.
  func repairSamples(_ layerCount: Int) -> Int {
    let macs = LayerCost(original).macs + LayerCost(graph).macs
    return max(4_000_000_000_000 / max(macs * layerCount, 1), 64)
  }

  private func isChanged(_ node: Int) -> Bool { graph.nodes[node].inputs != original.nodes[node].inputs }

  /// The tensors that changed weights can reach.
  private var changedTensors: Set<Int> {
    var changed = Set<Int>()
    for (index, node) in graph.nodes.enumerated() {
      if isChanged(index) || node.inputs.contains(where: { $0.map(changed.contains) ?? false }) {
        changed.formUnion(node.outputs)
      }
    }
    return changed
  }
}

/// A network in which what layers and additions give before their fused activation is a tensor of its own.
struct ProbeGraph {
  private(set) var graph: Graph
  /// By node of the source, where that has a fused activation.
  private(set) var preActivations: [Int: Int] = [:]

  init(_ source: Graph) {
    graph = source
    graph.nodes = []
    for (index, node) in source.nodes.enumerated() {
      let activation = node.attributes.text("activation") ?? "none"
      guard activation != "none", node.operatorName == "add" || source.quantizationRule(of: node) != nil,
        node.operatorName == "add" || WeightForm.byOperator[node.operatorName] != nil
      else {
        graph.nodes.append(node)
        continue
      }
      var linear = node
      var tensor = source.tensors[node.outputs[0]]
      tensor.name += "/before"
      linear.outputs = [graph.add(tensor)]
      linear.attributes.set(.init("activation", text: "none"))
      preActivations[index] = linear.outputs[0]
      graph.nodes.append(linear)
      graph.nodes.append(
        Graph.Node(activation, name: node.name, inputs: [linear.outputs[0]], outputs: node.outputs, source: node.source)
      )
    }
  }
}

extension CalibrationSet {
  /// One sample in eight, at most 64 of them, tells whether what the others teach holds. One sample alone does both.
  fileprivate var heldOut: (learning: CalibrationSet, checking: CalibrationSet) {
    guard count > 1 else { return (self, self) }
    let checkCount = min(max(count / 8, 1), 64)
    let checks = (0..<checkCount).map { ($0 + 1) * count / checkCount - 1 }
    let isCheck = Set(checks)
    return (part((0..<count).filter { !isCheck.contains($0) }), part(checks))
  }

  private func part(_ samples: [Int]) -> CalibrationSet {
    let makeFill = makeFill
    return CalibrationSet(count: samples.count) { () throws(QuantError) -> Fill in
      let fill = try makeFill()
      return { index, executor throws(QuantError) in try fill(samples[index], executor) }
    }
  }
}
