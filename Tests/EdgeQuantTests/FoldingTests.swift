import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct FoldingTests {
  private static let valid = [Attribute("padding", text: "valid")]
  private static let same = [Attribute("padding", text: "same")]

  /// Layers on `[1, 5, 6, 4]` with 8 output channels; `bias` says whether they have one.
  private static let layers: [(name: String, add: @Sendable (inout GraphBuilder, Int, Bool) -> Int)] = [
    (
      "conv_2d",
      { b, x, bias in b.add("conv_2d", x, b.numbers([8, 3, 3, 4]), bias ? b.numbers([8]) : nil, with: same) }
    ),
    (
      "conv_2d, grouped",
      { b, x, bias in b.add("conv_2d", x, b.numbers([8, 3, 3, 2]), bias ? b.numbers([8]) : nil, with: valid) }
    ),
    (
      "depthwise_conv_2d",
      { b, x, bias in b.add("depthwise_conv_2d", x, b.numbers([1, 3, 3, 8]), bias ? b.numbers([8]) : nil, with: same) }
    ),
    ("fully_connected", { b, x, bias in b.add("fully_connected", x, b.numbers([8, 4]), bias ? b.numbers([8]) : nil) }),
    (
      "transpose_conv",
      { b, x, bias in
        b.add(
          "transpose_conv", b.ints(1, 10, 12, 8), b.numbers([8, 3, 3, 4]), x, bias ? b.numbers([8]) : nil,
          with: same + [Attribute("stride_h", ints: [2]), Attribute("stride_w", ints: [2])])
      }
    ),
  ]

  @Test(arguments: layers.indices, [false, true])
  func `constants for each channel go into the layer before them`(index: Int, bias: Bool) throws {
    var b = GraphBuilder(seed: UInt64(index))
    var y = Self.layers[index].add(&b, b.input([1, 5, 6, 4]), bias)
    y = b.add("mul", y, b.numbers([8]))
    y = b.add("add", b.numbers([1, 8]), y)
    y = b.add("sub", y, b.numbers([]))
    y = b.add("sub", b.numbers([8]), y)
    y = b.add("div", y, b.constant((1...8).map { Float($0) }), with: [Attribute("activation", text: "relu6")])
    let graph = b.finish(y)
    let result = graph.after(.foldBatchNorm)
    #expect(result.nodes.count == 1, "\(Self.layers[index].name): \(result)")
    #expect(relativeDifference(try result.outputNumbers(), try graph.outputNumbers()) < 1e-5)
  }

  @Test(arguments: layers.indices.dropLast())
  func `constants before a layer go into it unless it pads`(index: Int) throws {
    var b = GraphBuilder(seed: UInt64(index))
    let scaled = b.add("mul", b.add("relu", b.input([1, 5, 6, 4])), b.numbers([4]))
    let scaling = b.finish(Self.layers[index].add(&b, scaled, true))
    #expect(scaling.after(.foldBatchNorm).operatorNames.count == 2, "\(Self.layers[index].name)")
    b = GraphBuilder(seed: UInt64(index))
    let shifted = b.add("add", b.add("relu", b.input([1, 5, 6, 4])), b.numbers([4]))
    let shifting = b.finish(Self.layers[index].add(&b, shifted, false))
    let pads = shifting.nodes.last?.attributes.text("padding") == "same"
    #expect(shifting.after(.foldBatchNorm).nodes.count == (pads ? 3 : 2))
    for graph in [scaling, shifting] {
      #expect(relativeDifference(try graph.after(.foldBatchNorm).outputNumbers(), try graph.outputNumbers()) < 1e-5)
    }
  }

  @Test func `what others read, and what varies within a channel, is not folded`() throws {
    var b = GraphBuilder()
    let y = Self.layers[0].add(&b, b.input([1, 5, 6, 4]), true)
    #expect(b.finish(b.add("mul", y, b.numbers([8])), y).after(.foldBatchNorm).nodes.count == 2)
    #expect(b.finish(b.add("mul", y, b.numbers([6, 1]))).after(.foldBatchNorm).count("mul") == 1)
    let rectified = b.add("relu", y)
    #expect(b.finish(b.add("mul", rectified, b.numbers([8]))).after(.foldBatchNorm).count("mul") == 1)
  }

  @Test func `clamps join, get their name and go into the operator before them`() throws {
    let chains: [(clamps: [(String, Float)], fused: String?)] = [
      ([("maximum", 0), ("minimum", 6)], "relu6"), ([("minimum", 6), ("maximum", 0)], "relu6"),
      ([("maximum", 0)], "relu"),
      ([("maximum", -1), ("minimum", 1)], "relu_n1_to_1"), ([("minimum", 8), ("maximum", 0), ("minimum", 6)], "relu6"),
      ([("minimum", 5), ("maximum", 0)], nil), ([("maximum", 7), ("minimum", 6)], nil),
    ]
    for (clamps, fused) in chains {
      var b = GraphBuilder()
      var y = b.add("add", b.input([3, 5]), b.numbers([3, 5]))
      for (name, limit) in clamps { y = b.add(name, y, b.constant([limit], [])) }
      let graph = b.finish(y)
      let result = graph.after(.fuseActivations)
      if let fused {
        #expect(result.operatorNames == ["add"])
        #expect(result.nodes[0].attributes.text("activation") == fused)
      } else {
        #expect(result.nodes.count > 1, "\(clamps)")
      }
      #expect(try result.outputBytes(range: 9) == graph.outputBytes(range: 9), "\(clamps)")
    }
  }

  @Test func `codes are clamped by the operator before only if the scale stays`() throws {
    let scale = Graph.Quantization(scale: 0.1, zeroPoint: -5)
    for (other, isFused) in [(scale, true), (Graph.Quantization(scale: 0.1, zeroPoint: -6), false)] {
      var b = GraphBuilder()
      let sum = b.add("add", b.input([40], .int8, scale), b.input([40], .int8, scale), as: .int8, scale)
      let graph = b.finish(b.add("relu6", sum, as: .int8, other))
      let result = graph.after(.fuseActivations)
      #expect(result.nodes.count == (isFused ? 1 : 2))
      #expect(try result.outputBytes() == graph.outputBytes())
    }
  }

  @Test func `an activation stays where somebody else reads what it reads`() throws {
    var b = GraphBuilder()
    let sum = b.add("add", b.input([3]), b.numbers([3]))
    #expect(b.finish(b.add("relu", sum), sum).after(.fuseActivations).count("relu") == 1)
  }

  @Test(arguments: [[1, 1, 1, 1], [0, 2, 1, 0], [0, 0, 1, 1], [2, 2, 2, 2], [0, 0, 0, 0], [3, 0, 0, 0]])
  func `a pad goes into the convolutions behind it`(pads: [Int]) throws {
    for (isSame, stride) in [(false, 1), (false, 2), (true, 1)] {
      for name in ["conv_2d", "depthwise_conv_2d", "max_pool_2d"] {
        var b = GraphBuilder()
        let rows = [0, 0, pads[0], pads[2], pads[1], pads[3], 0, 0]
        let paddings = b.constant(rows.map { Int32($0) }, [4, 2])
        let padded = b.add("pad", b.add("relu", b.input([1, 8, 9, 4])), paddings)
        let window =
          (isSame ? Self.same : Self.valid) + ["stride_h", "stride_w"].map { Attribute($0, ints: [Int64(stride)]) }
        let y =
          name == "max_pool_2d"
          ? b.add(name, padded, with: window + ["filter_h", "filter_w"].map { Attribute($0, ints: [3]) })
          : b.add(name, padded, b.numbers(name == "conv_2d" ? [8, 3, 3, 4] : [1, 3, 3, 4]), nil, with: window)
        let graph = b.finish(y)
        let result = graph.after(.foldPad)
        let own = isSame ? 1 : 0
        let fits = pads.allSatisfy { $0 + own < 3 }
        #expect(result.nodes.count == (fits ? 2 : 3), "\(name), \(pads)")
        #expect(relativeDifference(try result.outputNumbers(), try graph.outputNumbers()) < 1e-6, "\(name), \(pads)")
      }
    }
  }

  @Test func `pads of other numbers, of channels, and before pools of negative numbers stay`() throws {
    var b = GraphBuilder()
    let x = b.input([1, 6, 6, 4])
    let border = b.constant([0, 0, 1, 1, 1, 1, 0, 0] as [Int32], [4, 2])
    let channels = b.constant([0, 0, 1, 1, 1, 1, 0, 1] as [Int32], [4, 2])
    let filter = ["filter_h", "filter_w"].map { Attribute($0, ints: [2]) }
    func conv(_ x: Int, _ depth: Int) -> Int {
      b.add("conv_2d", x, b.numbers([2, 3, 3, depth]), nil, with: Self.valid)
    }
    let kept = b.finish(
      conv(b.add("padv2", x, border, b.constant([1] as [Float], [])), 4), conv(b.add("pad", x, channels), 5),
      b.add("max_pool_2d", b.add("pad", x, border), with: Self.valid + filter),
      b.add("average_pool_2d", b.add("pad", x, border), with: Self.valid + filter))
    #expect(kept.after(.foldPad).nodes.count == 8)
    let lowest = b.add("padv2", x, border, b.constant([-Float.infinity], []))
    let pool = b.finish(b.add("max_pool_2d", lowest, with: Self.valid + filter))
    #expect(pool.after(.foldPad).operatorNames == ["max_pool_2d"])
    #expect(try pool.after(.foldPad).outputBytes() == pool.outputBytes())
  }

  @Test func `explicit padding is called same or valid where it is`() {
    for (pads, stride, name) in [
      ([1, 1, 1, 1], 1, "same"), ([0, 0, 1, 1], 2, "same"), ([1, 1, 1, 1], 2, "explicit"), ([0, 0, 0, 0], 1, "valid"),
      ([1, 1, 0, 0], 2, "explicit"),
    ] as [([Int64], Int64, String)] {
      var b = GraphBuilder()
      let attributes = [
        Attribute("padding", text: "explicit"), Attribute("pads", ints: pads), Attribute("stride_h", ints: [stride]),
        Attribute("stride_w", ints: [stride]),
      ]
      let graph = b.finish(b.add("conv_2d", b.input([1, 8, 8, 2]), b.numbers([3, 3, 3, 2]), nil, with: attributes))
      #expect(graph.after(.foldPad).nodes[0].attributes.text("padding") == name)
    }
  }

  @Test func `a batch normalization that no layer can take in becomes one operator`() throws {
    var b = GraphBuilder()
    let (x, y) = (b.input([1, 5, 6, 3]), b.input([1, 5, 6, 4]))
    let both = b.add("concatenation", x, y, with: [Attribute("axis", ints: [3])])
    let product = b.add("mul", both, b.numbers([7]))
    let graph = b.finish(b.add("add", product, b.numbers([1, 1, 1, 7]), with: [Attribute("activation", text: "relu")]))
    let result = graph.after(.composeAffine)
    #expect(result.operatorNames == ["concatenation", "depthwise_conv_2d"])
    #expect(relativeDifference(try result.outputNumbers(), try graph.outputNumbers()) < 1e-6)
  }

  /// Ways to write an activation function of x, and the operator that is meant.
  private static let compositions: [(name: String, add: @Sendable (inout GraphBuilder, Int) -> Int)] = [
    ("hard_swish", { b, x in b.add("div", b.add("mul", x, b.add("relu6", b.add("add", x, b.one(3)))), b.one(6)) }),
    ("hard_swish", { b, x in b.add("mul", b.add("div", b.add("relu6", b.add("add", b.one(3), x)), b.one(6)), x) }),
    (
      "hard_swish",
      { b, x in
        let sum = b.add("add", x, b.one(3), with: [Attribute("activation", text: "relu6")])
        return b.add("mul", b.add("mul", sum, x), b.one(1.0 / 6))
      }
    ),
    (
      "hard_swish",
      { b, x in
        b.add("mul", x, b.add("relu_0_to_1", b.add("add", b.add("mul", x, b.one(1.0 / 6)), b.one(0.5))))
      }
    ),
    ("swish", { b, x in b.add("mul", b.add("logistic", x), x) }),
    (
      "gelu",
      { b, x in
        let cube = b.add("mul", b.add("mul", x, x), x)
        let sum = b.add("add", x, b.add("mul", cube, b.one(0.044715)))
        let gate = b.add("add", b.add("tanh", b.add("mul", sum, b.one(0.7978846))), b.one(1))
        return b.add("mul", b.add("mul", x, b.one(0.5)), gate)
      }
    ),
    (
      "l2_normalization",
      { b, x in
        let sum = b.add("sum", b.add("mul", x, x), b.ints(-1), with: [Attribute("keep_dims", ints: [1])])
        return b.add("div", x, b.add("maximum", b.add("sqrt", sum), b.one(1e-12)))
      }
    ),
  ]

  /// Ways to write a rectifier with slopes of x `[3, 50]`.
  private static let rectifiers: [(name: String, add: @Sendable (inout GraphBuilder, Int) -> Int)] = [
    (
      // As tf2onnx writes Keras' PReLU.
      "prelu",
      { b, x in
        let negative = b.add("relu", b.add("mul", x, b.one(-1)))
        return b.add("add", b.add("relu", x), b.add("mul", negative, b.numbers([50])))
      }
    ),
    (
      "prelu",
      { b, x in
        let negative = b.add("relu", b.add("sub", b.one(0), x))
        return b.add("sub", b.add("maximum", x, b.one(0)), b.add("mul", b.numbers([1, 50]), negative))
      }
    ),
    (
      "prelu",
      { b, x in
        let twice = b.add("sub", x, b.add("maximum", x, b.add("mul", x, b.one(-1))))
        return b.add("add", b.add("mul", b.add("mul", twice, b.numbers([50])), b.one(0.5)), b.add("relu", x))
      }
    ),
    ("leaky_relu", { b, x in b.add("maximum", b.add("mul", b.one(0.1), x), x) }),
    ("leaky_relu", { b, x in b.add("add", b.add("relu", x), b.add("mul", b.add("minimum", x, b.one(0)), b.one(3))) }),
  ]

  @Test(arguments: rectifiers.indices) func `rectifiers with slopes are recognized`(index: Int) throws {
    var b = GraphBuilder()
    let graph = b.finish(Self.rectifiers[index].add(&b, b.add("add", b.input([3, 50]), b.numbers([]))))
    let result = graph.after(.composeRectifiers)
    #expect(result.operatorNames == ["add", Self.rectifiers[index].name])
    #expect(relativeDifference(try result.outputNumbers(), try graph.outputNumbers()) < 1e-6)
  }

  @Test func `what is no rectifier stays`() throws {
    var b = GraphBuilder()
    let (x, y) = (b.input([50]), b.input([50]))
    let other = b.add("mul", b.add("minimum", y, b.one(0)), b.one(0.2))
    let graph = b.finish(
      b.add("maximum", x, b.add("mul", x, b.one(1.5))), b.add("maximum", x, b.add("mul", y, b.one(0.5))),
      b.add("add", b.add("relu", x), other), b.add("sub", other, b.add("relu", y)))
    #expect(graph.after(.composeRectifiers).operatorNames == graph.operatorNames)
  }

  @Test(arguments: compositions.indices) func `what exporters write is recognized`(index: Int) throws {
    var b = GraphBuilder()
    let graph = b.finish(Self.compositions[index].add(&b, b.add("add", b.input([3, 50]), b.numbers([]))))
    let result = graph.after(.composeActivations)
    #expect(result.operatorNames == ["add", Self.compositions[index].name])
    #expect(relativeDifference(try result.outputNumbers(), try graph.outputNumbers()) < 1e-5)
  }

  @Test func `other constants, and parts that others read, are left alone`() throws {
    for constants in [[3, 6, 5], [2, 6, 6], [3, 6, 6.01]] as [[Float]] {
      var b = GraphBuilder()
      let x = b.input([50])
      let gate = b.add("relu6", b.add("add", x, b.one(constants[0])))
      let graph = b.finish(b.add("div", b.add("mul", x, gate), b.one(constants[2])))
      #expect(graph.after(.composeActivations).count("hard_swish") == 0)
    }
    var b = GraphBuilder()
    let x = b.input([50])
    let gate = b.add("relu6", b.add("add", x, b.one(3)))
    let graph = b.finish(b.add("div", b.add("mul", x, gate), b.one(6)), gate)
    #expect(graph.after(.composeActivations).count("hard_swish") == 0)
  }
}

extension GraphBuilder {
  mutating func one(_ value: Float) -> Int { constant([value], []) }
}
