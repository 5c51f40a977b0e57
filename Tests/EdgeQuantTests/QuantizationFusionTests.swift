import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct QuantizationFusionTests {
  typealias Scale = Graph.Quantization
  private static let a = Scale(scale: 0.05, zeroPoint: 7)
  private static let b = Scale(scale: 0.03, zeroPoint: -20)
  private static let coarse = Scale(scale: 0.11, zeroPoint: 4)

  private struct Case: Sendable {
    let name: String
    /// Of the input and of what is read at the end.
    var input = QuantizationFusionTests.a
    var output = QuantizationFusionTests.coarse
    var dimensions = [1, 6, 5, 8]
    /// Operators that remain, in order.
    var expected: [String]
    let add: @Sendable (inout GraphBuilder, Int) -> Int
  }

  private static let valid = [Attribute("padding", text: "valid")]
  private static let same = [Attribute("padding", text: "same")]
  private static let filter = ["filter_h", "filter_w"].map { Attribute($0, ints: [3]) }
  private static let keepsAxes = [Attribute("keep_dims", ints: [1])]

  /// Weights for each channel, codes −127…127.
  private static func weights(_ b: inout GraphBuilder, _ dimensions: [Int], axis: Int, zeroPoint: Int32? = nil) -> Int {
    let count = dimensions[axis]
    let codes = (0..<dimensions.reduce(1, *)).map { _ in Int8(b.random.int(in: -127...127)) }
    let scale =
      zeroPoint.map { Scale(scale: 0.002, zeroPoint: $0) }
      ?? Scale(scales: (0..<count).map { 0.001 + Float($0) / 5000 }, zeroPoints: .zeros(count), axis: axis)
    return b.add("dequantize", b.constant(codes, dimensions, scale))
  }

  private static let cases: [Case] = [
    Case(name: "conv_2d", expected: ["conv_2d"]) { b, x in
      b.add("conv_2d", x, weights(&b, [6, 3, 3, 8], axis: 0), b.numbers([6]), with: same)
    },
    Case(name: "conv_2d without bias, with activation", expected: ["conv_2d"]) { b, x in
      b.add("relu6", b.add("conv_2d", x, weights(&b, [6, 3, 3, 8], axis: 0), nil, with: valid))
    },
    Case(name: "conv_2d, one scale and a zero point", expected: ["conv_2d"]) { b, x in
      b.add("conv_2d", x, weights(&b, [6, 3, 3, 8], axis: 0, zeroPoint: -9), b.numbers([6]), with: same)
    },
    Case(name: "conv_2d with a quantized bias added behind it", expected: ["conv_2d"]) { b, x in
      let bias = b.constant([100, -200, 3, 4, 50_000, -6] as [Int32], [6], Scale(scale: 0.0001, zeroPoint: 0))
      let dequantized = b.node("dequantize", [bias])[0]
      return b.add("add", b.add("conv_2d", x, weights(&b, [6, 1, 1, 8], axis: 0), nil, with: same), dequantized)
    },
    Case(name: "depthwise_conv_2d", expected: ["depthwise_conv_2d"]) { b, x in
      b.add("depthwise_conv_2d", x, weights(&b, [1, 3, 3, 8], axis: 3), b.numbers([8]), with: same)
    },
    Case(name: "transpose_conv", expected: ["transpose_conv"]) { b, x in
      b.add(
        "transpose_conv", b.ints(1, 12, 10, 3), weights(&b, [3, 3, 3, 8], axis: 0), x, b.numbers([3]),
        with: same + ["stride_h", "stride_w"].map { Attribute($0, ints: [2]) })
    },
    Case(name: "fully_connected", dimensions: [3, 40], expected: ["fully_connected"]) { b, x in
      b.add("fully_connected", x, weights(&b, [10, 40], axis: 0), b.numbers([10]))
    },
    Case(name: "fully_connected with a zero point", dimensions: [3, 40], expected: ["fully_connected"]) { b, x in
      b.add("fully_connected", x, weights(&b, [10, 40], axis: 0, zeroPoint: 31), b.numbers([10]))
    },
    Case(name: "add", expected: ["quantize", "add"]) { b, x in
      b.add("add", x, b.requantized(x, QuantizationFusionTests.b))
    },
    Case(name: "sub of a number", expected: ["sub"]) { b, x in b.add("sub", x, b.one(1.25)) },
    Case(name: "mul", expected: ["quantize", "mul"]) { b, x in
      b.add("mul", x, b.requantized(x, QuantizationFusionTests.b), with: [Attribute("activation", text: "relu")])
    },
    Case(name: "maximum", expected: ["quantize", "quantize", "quantize", "maximum"]) { b, x in
      b.add("maximum", x, b.requantized(x, QuantizationFusionTests.b))
    },
    Case(name: "minimum with a number", output: a, expected: ["minimum"]) { b, x in b.add("minimum", x, b.one(2)) },
    Case(name: "concatenation", expected: ["quantize", "quantize", "quantize", "concatenation"]) { b, x in
      b.add(
        "concatenation", x, b.requantized(x, QuantizationFusionTests.b), with: [Attribute("axis", ints: [3])])
    },
    Case(name: "relu", expected: ["relu"]) { b, x in b.add("relu", x) },
    Case(name: "leaky_relu", expected: ["leaky_relu"]) { b, x in
      b.add("leaky_relu", x, with: [Attribute("alpha", floats: [0.2])])
    },
    Case(name: "prelu", expected: ["prelu"]) { b, x in b.add("prelu", x, weights(&b, [8], axis: 0, zeroPoint: 3)) },
    Case(name: "hard_swish", expected: ["hard_swish"]) { b, x in b.add("hard_swish", x) },
    Case(name: "tanh", output: Scale(scale: 1 / 128, zeroPoint: 0), expected: ["tanh"]) { b, x in b.add("tanh", x) },
    Case(name: "logistic", output: Scale(scale: 1 / 256, zeroPoint: -128), expected: ["logistic"]) { b, x in
      b.add("logistic", x)
    },
    Case(
      name: "logistic of a coarser scale", output: Scale(scale: 0.0065, zeroPoint: -128),
      expected: ["logistic", "quantize"]
    ) { b, x in b.add("logistic", x) },
    Case(
      name: "logistic of a somewhat finer scale", output: Scale(scale: 0.0022, zeroPoint: -128),
      expected: ["logistic", "quantize"]
    ) { b, x in b.add("logistic", x) },
    Case(
      name: "softmax of a somewhat finer scale", output: Scale(scale: 0.0022, zeroPoint: -100),
      expected: ["softmax", "quantize"]
    ) { b, x in b.add("softmax", x, with: [Attribute("beta", floats: [1])]) },
    Case(
      name: "average_pool_2d to a somewhat finer scale", output: Scale(scale: 0.028, zeroPoint: -3),
      expected: ["average_pool_2d", "quantize"]
    ) { b, x in b.add("average_pool_2d", x, with: valid + filter) },
    Case(
      name: "logistic of a finer scale", output: Scale(scale: 0.001, zeroPoint: -128),
      expected: ["dequantize", "logistic", "quantize"]
    ) { b, x in b.add("logistic", x) },
    Case(name: "softmax", output: Scale(scale: 1 / 255, zeroPoint: -128), expected: ["softmax", "quantize"]) { b, x in
      b.add("softmax", x, with: [Attribute("beta", floats: [1])])
    },
    Case(name: "mean", expected: ["mean"]) { b, x in b.add("mean", x, b.ints(1, 2), with: keepsAxes) },
    Case(name: "max_pool_2d", expected: ["max_pool_2d", "quantize"]) { b, x in
      b.add("max_pool_2d", x, with: same + filter)
    },
    Case(name: "average_pool_2d of one scale", output: a, expected: ["average_pool_2d"]) { b, x in
      b.add("average_pool_2d", x, with: same + filter)
    },
    Case(name: "average_pool_2d to a coarser scale", expected: ["average_pool_2d", "quantize"]) { b, x in
      b.add("average_pool_2d", x, with: valid + filter)
    },
    Case(
      name: "average_pool_2d to a finer scale", output: Scale(scale: 0.01, zeroPoint: 0),
      expected: ["dequantize", "average_pool_2d", "quantize"]
    ) { b, x in b.add("average_pool_2d", x, with: valid + filter) },
    Case(name: "average_pool_2d of the whole picture", output: Scale(scale: 0.01, zeroPoint: 0), expected: ["mean"]) {
      b, x in
      b.add(
        "average_pool_2d", x, with: valid + [Attribute("filter_h", ints: [6]), Attribute("filter_w", ints: [5])])
    },
    Case(name: "resize_nearest_neighbor", output: a, expected: ["resize_nearest_neighbor"]) { b, x in
      b.add("resize_nearest_neighbor", x, b.ints(12, 10))
    },
    Case(name: "resize_bilinear", output: a, expected: ["resize_bilinear"]) { b, x in
      b.add("resize_bilinear", x, b.ints(12, 10), with: [Attribute("half_pixel_centers", ints: [1])])
    },
    Case(name: "reshape", expected: ["reshape", "quantize"]) { b, x in b.add("reshape", x, b.ints(30, 8)) },
    Case(name: "transpose", output: a, expected: ["transpose"]) { b, x in b.toNCHW(x) },
    Case(name: "pad", output: a, expected: ["pad"]) { b, x in
      b.add("pad", x, b.constant([0, 0, 1, 0, 0, 2, 1, 1] as [Int32], [4, 2]))
    },
    Case(name: "padv2", output: a, expected: ["padv2"]) { b, x in
      b.add("padv2", x, b.constant([0, 0, 1, 0, 0, 2, 1, 1] as [Int32], [4, 2]), b.one(-1.5))
    },
    Case(name: "slice", expected: ["slice", "quantize"]) { b, x in
      b.add("slice", x, b.ints(0, 1, 2, 0), b.ints(1, -1, 2, 4))
    },
    Case(name: "batch_matmul", dimensions: [2, 5, 7], expected: ["batch_matmul"]) { b, x in
      b.add("batch_matmul", x, weights(&b, [7, 4], axis: 0, zeroPoint: 3))
    },
  ]

  @Test(arguments: cases.indices) func `operators on codes give those of onnxruntime within 1`(index: Int) throws {
    let test = Self.cases[index]
    var b = GraphBuilder(seed: UInt64(index))
    let codes = b.input(test.dimensions, .int8, test.input)
    let y = test.add(&b, b.add("dequantize", codes))
    let graph = b.finish(b.add("quantize", y, as: .int8, test.output))
    let result = graph.after(.foldBatchNorm, .fuseActivations, .removeDeadCode, .fuseQuantization)
    #expect(result.operatorNames == test.expected, "\(test.name)")
    let plain = graph.after(.dequantizeConstants)
    for seed in 1...3 {
      let expected = try plain.outputBytes(seed: UInt64(seed))[0].map { Int(Int8(bitPattern: $0)) }
      let got = try result.outputBytes(seed: UInt64(seed))[0].map { Int(Int8(bitPattern: $0)) }
      #expect(Set(expected).count > 3, "\(test.name): the codes say little")
      #expect(zip(got, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(test.name)")
    }
  }

  @Test func `a bias of the very scale keeps its codes`() throws {
    var b = GraphBuilder()
    let x = b.add("dequantize", b.input([1, 4], .int8, Scale(scale: 0.5, zeroPoint: 0)))
    let weights = b.add("dequantize", b.constant(b.random.codes(8), [2, 4], Scale(scale: 0.25, zeroPoint: 0)))
    let bias = b.constant([123_456_789, -987_654_321] as [Int32], [2], Scale(scale: 0.125, zeroPoint: 0))
    let y = b.add("fully_connected", x, weights, b.node("dequantize", [bias])[0])
    let result = b.finish(b.add("quantize", y, as: .int8, Self.a)).after(.fuseQuantization)
    let stored = result.tensors[try #require(result.nodes[0].inputs[2])]
    #expect(stored.values(as: Int32.self) == [123_456_789, -987_654_321])
    #expect(stored.dataType == .int32)
  }

  @Test func `parts that split makes each get their scale`() throws {
    var b = GraphBuilder()
    let x = b.add("dequantize", b.input([1, 4, 6], .int8, Self.a))
    let parts = b.node("split", [b.constant([2] as [Int32], []), x], outputs: 2)
    let graph = b.finish(
      b.add("quantize", parts[0], as: .int8, Self.a), b.add("quantize", parts[1], as: .int8, Self.coarse))
    let result = graph.after(.fuseQuantization)
    #expect(result.operatorNames == ["split", "quantize"])
    #expect(try result.outputBytes()[0] == graph.outputBytes()[0])
  }

  @Test func `what float operators or the outside read stays float32, and a note says so`() throws {
    var b = GraphBuilder()
    let x = b.add("dequantize", b.input([1, 4, 6, 8], .int8, Self.a))
    let rectified = b.add("relu", x)
    let graph = b.finish(b.add("quantize", rectified, as: .int8, Self.a), rectified)
    #expect(graph.after(.fuseQuantization).operatorNames == ["dequantize", "relu", "quantize"])
    let total = b.add("sum", x, b.ints(1))
    let summed = b.finish(b.add("quantize", total, as: .int8, Self.a))
    #expect(summed.after(.fuseQuantization).operatorNames == ["dequantize", "sum", "quantize"])
    let finer = b.add("average_pool_2d", x, with: Self.same + Self.filter)
    var (pooled, report) = (b.finish(b.add("quantize", finer, as: .int8, Scale(scale: 0.001, zeroPoint: 0))), Report())
    pooled.run([.removeDeadCode, .fuseQuantization], report: &report)
    #expect(report.notes.contains { $0.contains("1 operators") && $0.contains("average_pool_2d") })
  }

  @Test func `float32 at the edges stays, and a pair that changes nothing disappears`() throws {
    var b = GraphBuilder()
    let codes = b.add("quantize", b.input([2, 9]), as: .int8, Self.a)
    let again = b.add("quantize", b.add("dequantize", codes), as: .int8, Self.a)
    let y = b.add("quantize", b.add("relu", b.add("dequantize", again)), as: .int8, Self.coarse)
    let graph = b.finish(b.add("dequantize", y))
    let result = graph.after(.fuseQuantization)
    #expect(result.operatorNames == ["quantize", "relu", "dequantize"])
    let (got, expected) = (try result.outputNumbers(), try graph.outputNumbers())
    #expect(zip(got, expected).allSatisfy { abs($0 - $1) <= 0.11 * 1.001 })
  }

  @Test func `uint8 networks become int8 inside`() throws {
    var b = GraphBuilder()
    let x = b.add("dequantize", b.input([1, 5, 5, 3], .uint8, Scale(scale: 0.02, zeroPoint: 120)))
    let codes = b.constant((0..<108).map { UInt8($0 * 2) }, [4, 3, 3, 3], Scale(scale: 0.01, zeroPoint: 131))
    let y = b.add("conv_2d", x, b.add("dequantize", codes), b.numbers([4]), with: Self.same)
    let graph = b.finish(b.add("quantize", y, as: .uint8, Scale(scale: 0.1, zeroPoint: 90)))
    let result = graph.after(.recenterUInt8, .fuseQuantization)
    #expect(result.operatorNames == ["quantize", "conv_2d", "quantize"])
    let plain = graph.after(.dequantizeConstants)
    let (got, expected) = (try result.outputBytes()[0], try plain.outputBytes()[0])
    #expect(zip(got, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    #expect(Set(expected).count > 20)
  }
}

extension GraphBuilder {
  /// The numbers as another tensor's codes say them.
  mutating func requantized(_ x: Int, _ scale: Graph.Quantization) -> Int {
    add("dequantize", add("quantize", x, as: .int8, scale))
  }
}
