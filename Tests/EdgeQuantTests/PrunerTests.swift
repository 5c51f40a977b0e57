import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct PrunerTests {
  /// Pictures of 4x4 pixels and 4 channels through a convolution to `channels`, two of which are copies of two others, a shortcut
  /// convolution that is added, and a dense layer.
  private func residualNetwork() -> Graph {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 4, 4])
    let relu = Attribute("activation", text: "relu")
    let window = [
      Attribute("padding", text: "same"), Attribute("stride_h", ints: [1]), Attribute("stride_w", ints: [1]),
    ]
    func filter(_ builder: inout GraphBuilder, _ outputs: Int, _ inputs: Int, copies: Bool = false) -> Int {
      var values = (0..<outputs * 9 * inputs).map { _ in Float(builder.random.int(in: -1000...1000)) / 1000 }
      if copies { for index in 0..<4 * 9 * inputs { values[(outputs - 4) * 9 * inputs + index] = values[index] } }
      return builder.constant(values, [outputs, 3, 3, inputs])
    }
    let w1 = filter(&builder, 8, 4, copies: true)
    let first = builder.add("conv_2d", x, w1, nil, with: window + [relu])
    let w2 = filter(&builder, 8, 8)
    let second = builder.add("conv_2d", first, w2, nil, with: window)
    let w3 = filter(&builder, 8, 4)
    let shortcut = builder.add("conv_2d", x, w3, nil, with: window)
    let sum = builder.add("add", second, shortcut, with: [relu])
    let mean = builder.add("mean", sum, builder.ints(1, 2))
    let w4 = builder.numbers([3, 8])
    return builder.finish(builder.add("fully_connected", mean, w4, nil))
  }

  private func samples(_ count: Int) -> CalibrationSet {
    CalibrationSet(count: count) {
      { index, executor in
        var random = SplitMix64(seed: UInt64(index))
        let input = executor.input(0).bindMemory(to: Float.self)
        for place in input.indices { input[place] = Float(random.int(in: -1000...1000)) / 1000 }
      }
    }
  }

  @Test func `channels of tensors that are added go together, those of the output stay`() {
    let graph = residualNetwork()
    let units = ChannelUnits(graph)
    let byOperator = graph.nodes.map { units.labels[$0.outputs[0]] }
    #expect(byOperator[1] == byOperator[2])
    #expect(byOperator[1] == byOperator[4])
    #expect(Set(byOperator[0]).isDisjoint(with: byOperator[1]))
    #expect(units.groups == [byOperator[0], byOperator[1]])
  }

  private func quickPruner(_ workers: Int = 1) -> Pruner {
    var pruner = Pruner()
    pruner.workers = Workers(workers)
    (pruner.settings.stepCount, pruner.settings.batchSize) = (40, 8)
    return pruner
  }

  /// Sets what layer `node` reads of channels to a part of it.
  private func damped(_ graph: Graph, _ node: Int, channels: Range<Int>, by factor: Float) throws -> Graph {
    var graph = graph
    var weights = try #require(graph.weights(of: node))
    for index in weights.values.indices where channels.contains(index % 8) { weights.values[index] *= factor }
    graph.setWeights(node, weights)
    return graph
  }

  @Test func `channels that the answer hardly depends on are the ones removed, whatever the number of threads`() throws
  {
    let graph = try damped(residualNetwork(), 1, channels: 2..<6, by: 0.01)
    let decision = try quickPruner().decide(graph, samples(60), [.macs(0.8)])
    #expect(decision.recipe.channels[graph.tensors[graph.nodes[0].outputs[0]].name] == [0, 1, 6, 7])
    #expect(decision.sqnr > 30)
    #expect(LayerCost(decision.graph).macs * 10 <= LayerCost(graph).macs * 8)
    #expect(try quickPruner(3).decide(graph, samples(60), [.macs(0.8)]).recipe == decision.recipe)
    let replayed = try graph.pruned(by: PruningRecipe(json: decision.recipe.json, sourceHash: ""))
    #expect(try replayed.outputBytes() == decision.graph.outputBytes())

    var report = PruningReport()
    report.setLayers(original: graph, pruned: decision.graph)
    #expect(report.layers.map { $0.channelsAfter } == [4, 8, 8, 3])
    #expect(report.layers.map { $0.inputsAfter } == [4, 4, 4, 8])
    #expect(report.layers[0].macsAfter * 2 == report.layers[0].macsBefore)
    #expect(String(decoding: report.html, as: UTF8.self).contains("4 of 8"))
  }

  @Test func `learning the answers again wins back what pruning lost`() throws {
    let graph = residualNetwork()
    var pruner = quickPruner(2)
    pruner.settings.stepCount = 1
    let few = try pruner.decide(graph, samples(60), [.macs(0.7)])
    pruner.settings.stepCount = 200
    let many = try pruner.decide(graph, samples(60), [.macs(0.7)])
    #expect(many.sqnr > few.sqnr + 1, "\(few.sqnr) dB, then \(many.sqnr) dB")
  }

  @Test func `an accuracy that may be lost decides how much goes`() throws {
    let graph = residualNetwork()
    let macs = Double(LayerCost(graph).macs)
    // As if every part of the products that goes cost as many points.
    func lost(_ graph: Graph) -> Double { 100 * (1 - Double(LayerCost(graph).macs) / macs) }
    let decision = try quickPruner().decide(graph, samples(20), maximumDrop: 60, drop: lost)
    #expect((25...60).contains(lost(decision.graph)))
    #expect(throws: QuantError.self) {
      try quickPruner().decide(graph, samples(20), maximumDrop: 1) { _ in 2 }
    }
  }

  @Test(arguments: [1, 2, 9]) func `few samples are enough to prune with`(count: Int) throws {
    let decision = try quickPruner().decide(residualNetwork(), samples(count), [.macs(0.8)])
    #expect(decision.sqnr > 0)
  }

  @Test func `layer by layer, channels that are copies of others are the ones removed, and nothing is lost`() throws {
    var graph = residualNetwork()
    graph.makeNamesUnique()
    var pruning = try ChannelPruning(PruningStage(graph, samples(60), Workers(2)))
    try pruning.reduce(to: 0.8, progress: { _ in })
    let kept = try #require(pruning.stage.keptChannels[graph.nodes[0].outputs[0]])
    #expect(kept.count == 4)
    #expect(Set(kept.map { $0 % 4 }) == [0, 1, 2, 3])
    #expect(try pruning.stage.drift(pruning.stage.graph) < 0.001)
  }

  @Test func `zeros of a network that was pruned in training stay`() throws {
    let graph = try damped(residualNetwork(), 1, channels: 0..<4, by: 0)
    let decision = try quickPruner().decide(graph, samples(60), [.sparsity(0.4)])
    let before = try #require(graph.weights(of: 1)).values
    let after = try #require(decision.graph.weights(of: 1)).values
    #expect(before.contains(0))
    #expect(zip(before, after).allSatisfy { $0 != 0 || $1 == 0 })
    var report = PruningReport()
    report.setLayers(original: graph, pruned: decision.graph)
    let (zeros, all) = report.layers.reduce(into: (0, 0)) { $0 = ($0.0 + $1.zeroBlocks, $0.1 + $1.blocks) }
    #expect(zeros * 10 >= all * 4)
  }

  /// A network whose channels go through what the name says.
  private func branched(_ kind: String) -> Graph {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 4, 4])
    let window = [
      Attribute("padding", text: "same"), Attribute("stride_h", ints: [1]), Attribute("stride_w", ints: [1]),
    ]
    let w1 = builder.numbers([8, 3, 3, 4])
    let first = builder.add("conv_2d", x, w1, nil, with: window)
    var features = first
    switch kind {
    case "concatenation":
      let w2 = builder.numbers([8, 1, 1, 4])
      let second = builder.add("conv_2d", x, w2, nil, with: window)
      features = builder.add("concatenation", first, second, with: [Attribute("axis", ints: [3])])
    case "depthwise":
      let w2 = builder.numbers([1, 3, 3, 8])
      features = builder.add("depthwise_conv_2d", first, w2, nil, with: window)
    default: break
    }
    let flat = builder.add("reshape", features, builder.ints(1, kind == "concatenation" ? 256 : 128))
    let w3 = builder.numbers([3, kind == "concatenation" ? 256 : 128])
    return builder.finish(builder.add("fully_connected", flat, w3, nil))
  }

  @Test(arguments: ["concatenation", "depthwise", "flatten"])
  func `channels are removed through concatenations, depthwise layers and flattening`(kind: String) throws {
    let graph = branched(kind)
    let units = ChannelUnits(graph)
    #expect(units.groups.count == (kind == "concatenation" ? 2 : 1))
    let removed = Set(units.groups[0].prefix(4))
    // What is removed changes nothing where nobody reads it.
    var quiet = graph
    let reader = graph.nodes.count - 1
    var weights = try #require(quiet.weights(of: reader))
    let read = try #require(graph.nodes[reader].inputs[0])
    let channels = units.inputs(read, count: weights.depth)
    for index in weights.values.indices where removed.contains(channels[index % weights.depth]) {
      weights.values[index] = 0
    }
    quiet.setWeights(reader, weights)
    let small = quiet.removing(removed, units)
    #expect(LayerCost(small).macs < LayerCost(quiet).macs)
    let set = samples(4)
    let drift = try NetworkDrift(quiet, set, Workers(1))
    #expect(try drift(small) < 1e-9)
  }

  @Test func `a network that cannot lose so many channels says so`() {
    #expect(throws: QuantError.self) { try quickPruner().decide(residualNetwork(), samples(8), [.macs(0.01)]) }
  }

  @Test func `blocks that are pruned stay zero when codes are rounded`() throws {
    let decision = try quickPruner().decide(residualNetwork(), samples(60), [.sparsity(0.5)])
    let quantized = try Quantizer().decide(decision.graph, samples(60))
    let int8 = try quantized.graph.quantized(by: quantized.recipe)
    var zeroCount = 0
    for (index, node) in int8.nodes.enumerated() where node.operatorName == "conv_2d" {
      let name = int8.recipeName(of: node)
      let float = try #require(decision.graph.nodes.firstIndex { decision.graph.recipeName(of: $0) == name })
      let weights = try #require(decision.graph.weights(of: float)).values
      let codes = try #require(int8.input(1, of: int8.nodes[index])).values(as: Int8.self)
      zeroCount += weights.count { $0 == 0 }
      #expect(zip(weights, codes).allSatisfy { $0 != 0 || $1 == 0 })
    }
    #expect(zeroCount > 300)
  }

  @Test func `removing an input makes up for it with one that is the same`() throws {
    var covariance = SymmetricMatrix(order: 3)
    for (row, values) in [[1, 0, 1], [0, 1, 0], [1, 0, 1]].enumerated() {
      for (column, value) in values.enumerated() { covariance[row, column] = Double(value) }
    }
    for k in 0..<3 { covariance[k, k] += 1e-9 }
    var surgeon = try #require(Surgeon(covariance, [2, 3, 5]))
    #expect(abs(surgeon.cost([1]) - 9) < 1e-6)
    #expect(surgeon.cost([2]) < 1e-6)
    surgeon.remove([2])
    #expect(abs(surgeon.weights[0] - 7) < 1e-6 && abs(surgeon.weights[1] - 3) < 1e-6 && surgeon.weights[2] == 0)
    // Nothing is left that could make up for it now.
    #expect(abs(surgeon.cost([0]) - 49) < 1e-5)
  }
}
