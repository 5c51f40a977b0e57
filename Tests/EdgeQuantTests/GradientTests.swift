import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

/// An operator behind layers whose parameters show whether its gradients are right.
struct GradientCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// Of the input and of what the operator reads.
  let shape: [Int]
  /// Adds the operator to a network of one tensor; more can be made by `GradientCase.layer`.
  let add: @Sendable (inout GraphBuilder, Int) -> Int

  init(_ name: String, _ shape: [Int] = [1, 5, 4, 6], _ add: @escaping @Sendable (inout GraphBuilder, Int) -> Int) {
    (testDescription, self.shape, self.add) = (name, shape, add)
  }

  /// A 1x1 convolution, so that gradients of what it gives show in its weights.
  static func layer(_ builder: inout GraphBuilder, _ x: Int, _ channels: Int? = nil) -> Int {
    let inputs = builder.graph.tensors[x].shape!.dimensions.last!
    let (weights, bias) = (builder.numbers([channels ?? inputs, 1, 1, inputs]), builder.numbers([channels ?? inputs]))
    return builder.add("conv_2d", x, weights, bias, with: [Attribute("padding", text: "valid")])
  }

  func graph() -> Graph {
    var builder = GraphBuilder(seed: 3)
    let x = builder.input(shape)
    let output = add(&builder, shape.count == 4 ? GradientCase.layer(&builder, x) : x)
    return builder.finish(output)
  }

  private static func window(
    _ padding: String, stride: Int = 1, dilation: Int = 1, activation: String = "none", _ more: Attribute...
  ) -> [Attribute] {
    [
      Attribute("padding", text: padding), Attribute("stride_h", ints: [Int64(stride)]),
      Attribute("stride_w", ints: [Int64(stride)]), Attribute("dilation_h", ints: [Int64(dilation)]),
      Attribute("dilation_w", ints: [Int64(dilation)]), Attribute("activation", text: activation),
    ] + more
  }

  private static func pool(_ padding: String, _ size: Int64, stride: Int) -> [Attribute] {
    window(padding, stride: stride, Attribute("filter_h", ints: [size]), Attribute("filter_w", ints: [size]))
  }

  static let layers: [GradientCase] = [
    .init("conv_2d same, relu") { builder, x in
      builder.add(
        "conv_2d", x, builder.numbers([7, 3, 3, 6]), builder.numbers([7]), with: window("same", activation: "relu"))
    },
    .init("conv_2d same, stride 2, relu6, no bias") { builder, x in
      builder.add(
        "conv_2d", x, builder.numbers([8, 3, 3, 6]), nil, with: window("same", stride: 2, activation: "relu6"))
    },
    .init("conv_2d valid, dilation 2") { builder, x in
      builder.add(
        "conv_2d", x, builder.numbers([5, 2, 2, 6]), builder.numbers([5]), with: window("valid", dilation: 2))
    },
    .init("conv_2d explicit padding, stride 2") { builder, x in
      builder.add(
        "conv_2d", x, builder.numbers([5, 3, 3, 6]), builder.numbers([5]),
        with: window("explicit", stride: 2, Attribute("pads", ints: [1, 0, 1, 2])))
    },
    .init("conv_2d of two groups") { builder, x in
      builder.add("conv_2d", x, builder.numbers([4, 3, 3, 3]), builder.numbers([4]), with: window("same"))
    },
    .init("depthwise_conv_2d same, relu6") { builder, x in
      builder.add(
        "depthwise_conv_2d", x, builder.numbers([1, 3, 3, 6]), builder.numbers([6]),
        with: window("same", activation: "relu6"))
    },
    .init("depthwise_conv_2d stride 2, multiplier 2") { builder, x in
      builder.add("depthwise_conv_2d", x, builder.numbers([1, 3, 3, 12]), nil, with: window("valid", stride: 2))
    },
    .init("fully_connected, relu") { builder, x in
      builder.add(
        "fully_connected", x, builder.numbers([9, 120]), builder.numbers([9]),
        with: [Attribute("activation", text: "relu")])
    },
    .init("fully_connected of rows") { builder, x in
      builder.add(
        "fully_connected", x, builder.numbers([5, 6]), nil, with: [Attribute("keep_num_dims", ints: [1])])
    },
    .init("transpose_conv stride 2, relu") { builder, x in
      builder.add(
        "transpose_conv", builder.ints(1, 10, 8, 5), builder.numbers([5, 3, 3, 6]), x, builder.numbers([5]),
        with: window("same", stride: 2, activation: "relu"))
    },
    .init("layers with the same weights") { builder, x in
      let weights = builder.numbers([6, 3, 3, 6])
      let first = builder.add("conv_2d", x, weights, nil, with: window("same", activation: "relu"))
      return builder.add("conv_2d", first, weights, nil, with: window("same"))
    },
  ]

  static let others: [GradientCase] = [
    .init("add, relu") { builder, x in
      builder.add("add", x, layer(&builder, x), with: [Attribute("activation", text: "relu")])
    },
    .init("add of itself") { builder, x in builder.add("add", x, x) },
    .init("sub of a broadcast") { builder, x in
      let mean = builder.add("mean", layer(&builder, x), builder.ints(1, 2), with: [Attribute("keep_dims", ints: [1])])
      return builder.add("sub", x, mean)
    },
    .init("sub from a constant") { builder, x in builder.add("sub", builder.numbers([6]), x) },
    .init("mul") { builder, x in builder.add("mul", layer(&builder, x), x) },
    .init("mul with a gate") { builder, x in
      let mean = builder.add("mean", x, builder.ints(1, 2), with: [Attribute("keep_dims", ints: [1])])
      return builder.add("mul", x, builder.add("logistic", layer(&builder, mean)))
    },
    .init("mul with constants") { builder, x in builder.add("mul", x, builder.numbers([1, 1, 1, 6])) },
    .init("relu") { builder, x in builder.add("relu", x) },
    .init("relu6") { builder, x in builder.add("relu6", builder.add("mul", x, builder.constant([Float(9)]))) },
    .init("logistic") { builder, x in builder.add("logistic", x) },
    .init("tanh") { builder, x in builder.add("tanh", x) },
    .init("hard_swish") { builder, x in builder.add("hard_swish", builder.add("mul", x, builder.constant([Float(3)])))
    },
    .init("leaky_relu") { builder, x in builder.add("leaky_relu", x, with: [Attribute("alpha", floats: [0.25])]) },
    .init("prelu") { builder, x in builder.add("prelu", x, builder.numbers([1, 1, 6])) },
    .init("elu") { builder, x in builder.add("elu", x) },
    .init("gelu") { builder, x in builder.add("gelu", x) },
    .init("approximate gelu") { builder, x in builder.add("gelu", x, with: [Attribute("approximate", ints: [1])]) },
    .init("average_pool_2d same") { builder, x in builder.add("average_pool_2d", x, with: pool("same", 3, stride: 2)) },
    .init("max_pool_2d") { builder, x in builder.add("max_pool_2d", x, with: pool("valid", 2, stride: 1)) },
    .init("mean") { builder, x in builder.add("mean", x, builder.ints(1, 2)) },
    .init("mean of channels") { builder, x in
      builder.add("mean", x, builder.ints(-1), with: [Attribute("keep_dims", ints: [1])])
    },
    .init("sum") { builder, x in builder.add("sum", x, builder.ints(2)) },
  ]

  static let moves: [GradientCase] = [
    .init("concatenation") { builder, x in
      builder.add("concatenation", x, layer(&builder, x, 3), x, with: [Attribute("axis", ints: [3])])
    },
    .init("concatenation with a constant") { builder, x in
      builder.add("concatenation", builder.numbers([1, 5, 2, 6]), x, with: [Attribute("axis", ints: [2])])
    },
    .init("split") { builder, x in
      let parts = builder.node("split", [builder.ints(3), x], [Attribute("num_splits", ints: [2])], outputs: 2)
      return builder.add("mul", parts[0], parts[1])
    },
    .init("slice") { builder, x in builder.add("slice", x, builder.ints(0, 1, 0, 2), builder.ints(1, 3, -1, 3)) },
    .init("strided_slice") { builder, x in
      builder.add("strided_slice", x, builder.ints(0, 0, 3, 0), builder.ints(1, 5, 0, 6), builder.ints(1, 2, -1, 1))
    },
    .init("pad") { builder, x in
      builder.add("pad", x, builder.constant([0, 0, 1, 0, 0, 2, 0, 0].map { Int32($0) }, [4, 2]))
    },
    .init("padv2") { builder, x in
      builder.add(
        "padv2", x, builder.constant([0, 0, 1, 0, 0, 2, 0, 0].map { Int32($0) }, [4, 2]), builder.constant([Float(7)]))
    },
    .init("mirror_pad") { builder, x in
      builder.add(
        "mirror_pad", x, builder.constant([0, 0, 1, 1, 2, 0, 0, 0].map { Int32($0) }, [4, 2]),
        with: [Attribute("mode", text: "reflect")])
    },
    .init("transpose") { builder, x in builder.transpose(x, 0, 3, 1, 2) },
    .init("reshape") { builder, x in
      builder.add("relu", builder.add("reshape", x, with: [Attribute("new_shape", ints: [1, 20, 6])]))
    },
    .init("depth_to_space", [1, 3, 2, 8]) { builder, x in
      builder.add("depth_to_space", x, with: [Attribute("block_size", ints: [2])])
    },
    .init("resize_bilinear") { builder, x in
      builder.add("resize_bilinear", x, builder.ints(9, 7), with: [Attribute("half_pixel_centers", ints: [1])])
    },
    .init("resize_bilinear to less") { builder, x in builder.add("resize_bilinear", x, builder.ints(3, 2)) },
    .init("resize_nearest_neighbor") { builder, x in
      builder.add("resize_nearest_neighbor", x, builder.ints(10, 9))
    },
  ]
}

@Suite struct GradientTests {
  /// A network with some samples in it.
  private struct Run {
    let graph: Graph
    let network: DifferentiableNetwork
    let frame: BlockFrame
    let parameters: FloatBuffer
    let gradients: FloatBuffer
    /// What the loss, a weighted sum of the output, multiplies by.
    let factors: [Float]
    static let sampleCount = 3

    init(_ graph: Graph) throws {
      self.graph = graph
      network = try DifferentiableNetwork(graph, observed: graph.outputs)
      frame = BlockFrame(network, capacity: Run.sampleCount)
      frame.sampleCount = Run.sampleCount
      parameters = FloatBuffer(network.parameters.values)
      gradients = FloatBuffer(count: parameters.count)
      frame.parameters = UnsafePointer(parameters.start)
      frame.parameterGradients = gradients.start
      var random = SplitMix64(seed: 11)
      let input = network.slots[0]
      for index in 0..<Run.sampleCount * input.count {
        frame.values(input)[index] = Float(random.int(in: -1000...1000)) / 1000
      }
      factors = (0..<Run.sampleCount * network.slotOfTensor[graph.outputs[0]]!.count).map { _ in
        Float(random.int(in: -1000...1000)) / 1000
      }
    }

    var output: Slot { network.slotOfTensor[graph.outputs[0]]! }

    func loss() -> Double {
      network.forward(frame)
      return factors.indices.reduce(0) { $0 + Double(factors[$1]) * Double(frame.values(output)[$1]) }
    }
  }

  @Test(arguments: GradientCase.layers + GradientCase.others + GradientCase.moves)
  func `forwards, a block of samples gives what the runtime gives for each`(_ operation: GradientCase) throws {
    let run = try Run(operation.graph())
    run.network.forward(run.frame)
    let executor = try GraphExecutor(CompiledGraph(run.graph))
    for sample in 0..<Run.sampleCount {
      let count = run.network.slots[0].count
      let input = UnsafeBufferPointer(start: run.frame.values(run.network.slots[0]) + sample * count, count: count)
      executor.input(0).copyMemory(from: UnsafeRawBufferPointer(input))
      try executor.run()
      let expected = Array(executor.output(0).bindMemory(to: Float.self))
      let found = UnsafeBufferPointer(
        start: run.frame.values(run.output) + sample * run.output.count, count: run.output.count)
      #expect(relativeDifference(Array(found), expected) <= 1e-5)
    }
  }

  @Test(arguments: GradientCase.layers + GradientCase.others + GradientCase.moves)
  func `gradients are what the loss changes by`(_ operation: GradientCase) throws {
    let run = try Run(operation.graph())
    _ = run.loss()
    run.frame.clearGradients()
    run.frame.gradients(run.output).update(from: run.factors, count: run.factors.count)
    run.network.backward(run.frame)
    let (start, gradients) = (run.parameters.values, run.gradients.values)
    var random = SplitMix64(seed: 5)
    for range in run.network.parameters.ranges.values.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let size = range.reduce(0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }.squareRoot()
      for _ in 0..<3 {
        let direction = range.map { _ in Float(random.int(in: 0...1) * 2 - 1) }
        // Small, since a step across the corner of a rectifier is not the gradient's fault.
        let step: Float = 1 / 8192
        func loss(_ sign: Float) -> Double {
          for (index, part) in zip(range, direction) { run.parameters.start[index] = start[index] + sign * step * part }
          return run.loss()
        }
        let measured = (loss(1) - loss(-1)) / Double(2 * step)
        for index in range { run.parameters.start[index] = start[index] }
        let expected = zip(range, direction).reduce(0) { $0 + Double(gradients[$1.0]) * Double($1.1) }
        #expect(abs(measured - expected) <= 0.01 * size, "\(range): \(measured), not \(expected)")
      }
    }
  }

  @Test func `an operator without gradients is named`() throws {
    var builder = GraphBuilder()
    let x = GradientCase.layer(&builder, builder.input([1, 2, 2, 3]))
    let graph = builder.finish(GradientCase.layer(&builder, builder.add("softmax", x)))
    let error = #expect(throws: QuantError.self) { try DifferentiableNetwork(graph, observed: graph.outputs) }
    #expect("\(try #require(error))".contains("softmax1"))
  }
}
