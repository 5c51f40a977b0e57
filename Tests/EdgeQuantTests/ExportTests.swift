import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing

@testable import EdgeQuant

/// What `TFLiteExporter` makes of operators that TensorFlow Lite spells otherwise.
@Suite struct ExportTests {
  private static let quantization = Graph.Quantization(scale: 0.5, zeroPoint: -3)

  /// One window over int8 `[1, 5, 6, 2]` with one position at the top, two at the left, none below and one at the right.
  private func window(_ operatorName: String, _ attributes: [Attribute], output: Shape, weights: Shape?) -> Graph {
    var graph = Graph()
    let x = graph.add(
      Graph.Tensor(name: "x", dataType: .int8, shape: Shape([1, 5, 6, 2]), quantization: Self.quantization))
    var inputs: [Int?] = [x]
    if let weights {
      let codes = (0..<weights.elementCount).map { Int8(($0 * 37 + 11) % 255 - 127) }
      inputs.append(
        graph.add(
          Graph.Tensor(
            name: "w", dataType: .int8, shape: weights, quantization: Graph.Quantization(scale: 0.01, zeroPoint: 0),
            data: Graph.Tensor.bytes(of: codes))))
    }
    if operatorName == "transpose_conv" {
      let extents = output.dimensions.map { Int32($0) }
      inputs = [graph.addConstant("extents", .int32, [4], extents), inputs[1], x]
    }
    let y = graph.add(Graph.Tensor(name: "y", dataType: .int8, shape: output, quantization: Self.quantization))
    let all =
      attributes + [
        Attribute("padding", text: "explicit"), Attribute("pads", ints: [1, 2, 0, 1]), Attribute("stride_h", ints: [1]),
        Attribute("stride_w", ints: [1]),
      ]
    graph.nodes = [
      Graph.Node(
        operatorName, name: "window", inputs: inputs, outputs: [y], attributes: Attributes(all),
        source: Graph.Source(index: 0, operatorName: operatorName, inputs: [], outputs: []))
    ]
    (graph.inputs, graph.outputs) = ([x], [y])
    return graph
  }

  private func run(_ model: Model) throws -> [Int8] {
    let interpreter = try Interpreter(Plan(model))
    let input = interpreter.input(0)
    for index in input.indices { input[index] = UInt8(truncatingIfNeeded: index * 53 + 7) }
    try interpreter.invoke()
    return interpreter.output(0).map { Int8(bitPattern: $0) }
  }

  /// The operators of the exported file; it must give the same codes.
  private func exported(_ graph: Graph) throws -> [String] {
    var report = Report()
    let model = try Converter.model(Converter.lowered(graph, report: &report).contents())
    let file = ModelBytes(copying: try TFLiteExporter.bytes(of: model, report: &report))
    let names = try TFLiteImporter.graph(from: file, report: &report).nodes.map { $0.operatorName }
    // Not by `Converter.source`, which would fold padding into windows again.
    let again = try TFLiteImporter.graph(from: file, report: &report)
    let other = try Converter.model(Converter.lowered(again, report: &report).contents())
    #expect(try run(other) == run(model))
    return names
  }

  private static let filter = [Attribute("filter_h", ints: [3]), Attribute("filter_w", ints: [3])]

  @Test func `explicit padding becomes a pad before the window, and a slice behind a transposed convolution`() throws {
    // Rows: 5 + 1 − 3 + 1; columns: 6 + 3 − 3 + 1.
    let conv = window("conv_2d", [], output: Shape([1, 4, 7, 3]), weights: Shape([3, 3, 3, 2]))
    #expect(try exported(conv) == ["pad", "conv_2d"])
    let depthwise = window("depthwise_conv_2d", [], output: Shape([1, 4, 7, 2]), weights: Shape([1, 3, 3, 2]))
    #expect(try exported(depthwise) == ["pad", "depthwise_conv_2d"])
    let pool = window("max_pool_2d", Self.filter, output: Shape([1, 4, 7, 2]), weights: nil)
    #expect(try exported(pool) == ["padv2", "max_pool_2d"])
    // The reverse: 5 = rows + 1 − 3 + 1.
    let transposed = window("transpose_conv", [], output: Shape([1, 6, 5, 3]), weights: Shape([3, 3, 3, 2]))
    #expect(try exported(transposed) == ["transpose_conv", "slice"])
  }

  @Test func `averages with explicit padding are refused by name`() throws {
    let graph = window("average_pool_2d", Self.filter, output: Shape([1, 4, 7, 2]), weights: nil)
    let error = #expect(throws: QuantError.self) { try exported(graph) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("average_pool_2d \"window\"") && text.contains("SAME and VALID"))
  }

  @Test func `SiLU becomes an element of its table, and a product in float32`() throws {
    var b = GraphBuilder()
    let output = Graph.Quantization(scale: 0.25, zeroPoint: -100)
    let codes = b.finish(b.add("swish", b.input([1, 5, 6, 2], .int8, Self.quantization), as: .int8, output))
    #expect(try exported(codes) == ["cast", "add", "gather"])

    var c = GraphBuilder()
    let numbers = c.finish(c.add("swish", c.input([1, 5, 6, 2])))
    var report = Report()
    let model = try Converter.model(Converter.lowered(numbers, report: &report).contents())
    let file = ModelBytes(copying: try TFLiteExporter.bytes(of: model, report: &report))
    let again = try Converter.source(file, report: &report)
    #expect(again.nodes.map { $0.operatorName } == ["swish"])
    #expect(try TFLiteImporter.graph(from: file, report: &report).nodes.map { $0.operatorName } == ["logistic", "mul"])
  }

  @Test func `weights come back from every layout`() throws {
    for (name, weights, output) in [
      ("conv_2d", Shape([19, 3, 3, 2]), Shape([1, 4, 7, 19])),
      ("depthwise_conv_2d", Shape([1, 3, 3, 2]), Shape([1, 4, 7, 2])),
    ] {
      let graph = window(name, [], output: output, weights: weights)
      var (report, raised) = (
        Report(),
        try {
          var report = Report()
          return try Converter.lowered(graph, report: &report)
        }()
      )
      let packed = raised.input(1, of: raised.nodes[0])
      #expect(packed?.layout == (name == "conv_2d" ? .o16k4 : .c16))
      raised.run([.raiseWeights], report: &report)
      let plain = raised.input(1, of: raised.nodes[0])
      #expect(plain?.layout == .rowMajor && plain?.data == graph.tensors[1].data)
      #expect(raised.input(2, of: raised.nodes[0])?.quantization?.scales.first == 0.5 * Float(0.01))
    }
  }
}
