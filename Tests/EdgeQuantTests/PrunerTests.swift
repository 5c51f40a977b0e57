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

  @Test func `channels that are copies of others are the ones removed, and nothing is lost`() throws {
    let graph = residualNetwork()
    var pruner = Pruner()
    pruner.workers = Workers(1)
    let decision = try pruner.decide(graph, samples(60), [.macs(0.8)])
    let kept = try #require(decision.recipe.channels[graph.tensors[graph.nodes[0].outputs[0]].name])
    #expect(kept.count == 4)
    #expect(Set(kept.map { $0 % 4 }) == [0, 1, 2, 3])
    #expect(decision.sqnr > 30)
    #expect(LayerCost(decision.graph).macs * 10 <= LayerCost(graph).macs * 8)
    pruner.workers = Workers(3)
    #expect(try pruner.decide(graph, samples(60), [.macs(0.8)]).recipe == decision.recipe)
    let replayed = try graph.pruned(by: PruningRecipe(json: decision.recipe.json, sourceHash: ""))
    #expect(try replayed.outputBytes() == decision.graph.outputBytes())
  }

  @Test func `a network that cannot lose so many channels says so`() {
    #expect(throws: QuantError.self) { try Pruner().decide(residualNetwork(), samples(8), [.macs(0.01)]) }
  }

  @Test func `blocks that are pruned stay zero when codes are rounded`() throws {
    let decision = try Pruner().decide(residualNetwork(), samples(60), [.sparsity(0.5)])
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
