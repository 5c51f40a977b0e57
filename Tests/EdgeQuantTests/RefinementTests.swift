import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct RefinementTests {
  /// Two convolutions, a sum, and a dense layer before a softmax.
  private func network() -> Graph {
    var builder = GraphBuilder(seed: 9)
    let x = builder.input([1, 6, 6, 3])
    let window = [Attribute("padding", text: "same")]
    let relu = Attribute("activation", text: "relu")
    let first = builder.add("conv_2d", x, builder.numbers([8, 3, 3, 3]), builder.numbers([8]), with: window + [relu])
    let second = builder.add("conv_2d", first, builder.numbers([8, 3, 3, 8]), nil, with: window)
    let sum = builder.add("add", first, second, with: [relu])
    let mean = builder.add("mean", sum, builder.ints(1, 2))
    let dense = builder.add("fully_connected", mean, builder.numbers([4, 8]), builder.numbers([4]))
    return builder.finish(builder.add("softmax", dense))
  }

  private func samples(_ count: Int, seed: UInt64) -> CalibrationSet {
    CalibrationSet(count: count) {
      { index, executor in
        var random = SplitMix64(seed: seed + UInt64(index))
        let input = executor.input(0).bindMemory(to: Float.self)
        for place in input.indices { input[place] = Float(random.int(in: -1000...1000)) / 1000 }
      }
    }
  }

  /// The network with every third weight of the second convolution set to 0.
  private func thinned(_ graph: Graph) -> Graph {
    var thinned = graph
    var weights = graph.weights(of: 1)!
    for index in weights.values.indices where index % 3 == 0 { weights.values[index] = 0 }
    thinned.setWeights(1, weights)
    return thinned
  }

  private func refine(_ graph: Graph, _ original: Graph, threads: Int, rate: Double = 0.05, isOrthogonal: Bool = false)
    throws -> Refinement.Outcome
  {
    var refinement = Refinement()
    refinement.workers = Workers(threads)
    (refinement.settings.stepCount, refinement.settings.batchSize) = (60, 24)
    (refinement.settings.learningRate, refinement.settings.augmentation.shift) = (rate, 1)
    refinement.settings.isOrthogonal = isOrthogonal
    return try refinement(
      graph, original: original, channels: [:], learning: samples(48, seed: 100), checking: samples(20, seed: 900))
  }

  @Test(arguments: [false, true])
  func `gradient steps bring answers back, and removed weights stay away`(isOrthogonal: Bool) throws {
    let original = network()
    let outcome = try refine(thinned(original), original, threads: 2, isOrthogonal: isOrthogonal)
    #expect(outcome.isBetter)
    #expect(outcome.errorAfter < outcome.errorBefore / 2)
    let weights = try #require(outcome.graph.weights(of: 1)).values
    #expect(weights.indices.allSatisfy { $0 % 3 != 0 || weights[$0] == 0 })
    #expect(weights != thinned(original).weights(of: 1)!.values)
  }

  @Test(arguments: [false, true])
  func `the number of threads does not show`(isOrthogonal: Bool) throws {
    let original = network()
    let graphs = try [1, 3].map {
      try refine(thinned(original), original, threads: $0, isOrthogonal: isOrthogonal).graph
    }
    for node in [0, 1, 4] {
      let (one, three) = (try #require(graphs[0].weights(of: node)), try #require(graphs[1].weights(of: node)))
      #expect(one.values == three.values && one.bias == three.bias)
    }
  }

  @Test func `what held-out samples do not call better is dropped`() throws {
    let original = network()
    let outcome = try refine(original, original, threads: 1, rate: 0.5)
    #expect(!outcome.isBetter)
    #expect(try outcome.graph.outputBytes() == original.outputBytes())
  }
}
