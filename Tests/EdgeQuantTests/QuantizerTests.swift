import EdgeModel
import EdgeTensor
import Testing

@testable import EdgeQuant

/// Decisions on small networks whose right quantization is known.
@Suite struct QuantizerTests {
  /// x [1, 8] -> dense 8 + relu -> dense 4 (-> dense 4, if `isLonger`), weights from a fixed sequence.
  private static func network(scalingChannel: Float = 1, isLonger: Bool = false) -> Graph {
    var random = Sequence(state: 7)
    var graph = Graph()
    let x = graph.add(Graph.Tensor(name: "x", dataType: .float32, shape: Shape([1, 8])))
    func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> Int {
      graph.add(
        Graph.Tensor(name: name, dataType: .float32, shape: Shape(shape), data: Graph.Tensor.bytes(of: values)))
    }
    var first = (0..<64).map { _ in random.next() }
    var second = (0..<32).map { _ in random.next() }
    // The same function, badly balanced: one hidden channel is large, and its reader small.
    for k in 0..<8 { first[8 + k] *= scalingChannel }
    for o in 0..<4 { second[8 * o + 1] /= scalingChannel }
    let w1 = constant("w1", [8, 8], first)
    let b1 = constant("b1", [8], (0..<8).map { $0 == 1 ? 0.1 * scalingChannel : 0.1 })
    let h = graph.add(Graph.Tensor(name: "h", dataType: .float32, shape: Shape([1, 8])))
    let w2 = constant("w2", [4, 8], second)
    let b2 = constant("b2", [4], [0, 0.5, -0.5, 0.25])
    let y = graph.add(Graph.Tensor(name: "y", dataType: .float32, shape: Shape([1, 4])))
    let source = Graph.Source(index: 0, operatorName: "TEST", inputs: [], outputs: [])
    graph.nodes = [
      Graph.Node(
        "fully_connected", name: "h", inputs: [x, w1, b1], outputs: [h],
        attributes: Attributes([Attribute("activation", text: "relu")]), source: source),
      Graph.Node(
        "fully_connected", name: "y", inputs: [h, w2, b2], outputs: [y],
        attributes: Attributes([Attribute("activation", text: "none")]), source: source),
    ]
    (graph.inputs, graph.outputs) = ([x], [y])
    if isLonger {
      let w3 = constant("w3", [4, 4], (0..<16).map { _ in random.next() })
      let z = graph.add(Graph.Tensor(name: "z", dataType: .float32, shape: Shape([1, 4])))
      graph.nodes.append(
        Graph.Node(
          "fully_connected", name: "z", inputs: [y, w3], outputs: [z],
          attributes: Attributes([Attribute("activation", text: "none")]), source: source))
      graph.outputs = [z]
    }
    return graph
  }

  /// xorshift32 in −1..<1.
  private struct Sequence {
    var state: UInt32

    mutating func next() -> Float {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      return Float(Int32(bitPattern: state)) / Float(1 << 31)
    }
  }

  private static func samples(_ count: Int) -> CalibrationSet {
    CalibrationSet(count: count) {
      { index, executor in
        var random = Sequence(state: UInt32(index + 1) &* 2_654_435_761)
        for _ in 0..<8 { _ = random.next() }
        let input = executor.input(0).bindMemory(to: Float.self)
        for element in input.indices { input[element] = random.next() }
      }
    }
  }

  private static func quantizer(_ change: (inout Quantizer) -> Void = { _ in }) -> Quantizer {
    var quantizer = Quantizer()
    quantizer.workers = Workers(2)
    change(&quantizer)
    return quantizer
  }

  @Test func `a dense network becomes int8 inside and stays float32 at its ends`() throws {
    let decision = try Self.quantizer().decide(Self.network(), Self.samples(64))
    let graph = try decision.graph.quantized(by: decision.recipe)
    #expect(graph.nodes.map { $0.operatorName } == ["quantize", "fully_connected", "fully_connected", "dequantize"])
    #expect(graph.tensors[graph.inputs[0]].dataType == .float32)
    #expect(graph.tensors[graph.outputs[0]].dataType == .float32)
    #expect(decision.sqnr > 35)
    var report = Report()
    _ = try Converter.lowered(graph, report: &report)
  }

  @Test func `logits next to nothing get a scale that int8 softmax takes`() throws {
    var graph = Self.network()
    for index in graph.tensors.indices where ["w2", "b2"].contains(graph.tensors[index].name) {
      graph.tensors[index].data = Graph.Tensor.bytes(
        of: graph.tensors[index].values(as: Float.self).map { $0 * 1e-10 })
    }
    let logits = graph.outputs[0]
    let answer = graph.add(Graph.Tensor(name: "p", dataType: .float32, shape: Shape([1, 4])))
    graph.nodes.append(
      Graph.Node(
        "softmax", name: "p", inputs: [logits], outputs: [answer],
        attributes: Attributes([Attribute("beta", floats: [1])]), source: graph.nodes[0].source))
    graph.outputs = [answer]
    let decision = try Self.quantizer().decide(graph, Self.samples(64))
    #expect(decision.recipe.activations["y"]?.scale == 0x1p-20)
    var report = Report()
    _ = try Converter.lowered(decision.graph.quantized(by: decision.recipe), report: &report)
  }

  @Test(arguments: [(BoundaryType.int8, DataType.int8), (.uint8, .uint8)])
  func `the boundary takes the wanted type`(io: BoundaryType, type: DataType) throws {
    let decision = try Self.quantizer { $0.io = io }.decide(Self.network(), Self.samples(64))
    let graph = try decision.graph.quantized(by: decision.recipe)
    #expect(graph.tensors[graph.inputs[0]].dataType == type)
    #expect(graph.tensors[graph.inputs[0]].name == "x")
    #expect(graph.tensors[graph.outputs[0]].dataType == type)
    var report = Report()
    _ = try Converter.lowered(graph, report: &report)
  }

  @Test func `decisions do not depend on the number of threads`() throws {
    let recipes = try [1, 2, 3].map { threads in
      try Self.quantizer { $0.workers = Workers(threads) }.decide(Self.network(), Self.samples(50)).recipe
    }
    #expect(recipes[0] == recipes[1])
    #expect(recipes[0] == recipes[2])
  }

  @Test func `a recipe survives its file, and replaying it gives the same network`() throws {
    let decision = try Self.quantizer().decide(Self.network(scalingChannel: 1000), Self.samples(64))
    let read = try QuantizationRecipe(json: decision.recipe.json, sourceHash: "")
    #expect(read == decision.recipe)
    let replayed = try Quantizer.Decision(Self.network(scalingChannel: 1000), read)
    let (first, second) = (
      try decision.graph.quantized(by: decision.recipe), try replayed.graph.quantized(by: replayed.recipe)
    )
    #expect(first.tensors.map { $0.data } == second.tensors.map { $0.data })
  }

  @Test func `equalization repairs a channel that is a thousand times too large`() throws {
    let sabotaged = Self.network(scalingChannel: 1000)
    let without = try Self.quantizer { $0.repairs = [] }.decide(sabotaged, Self.samples(64))
    let with = try Self.quantizer { $0.repairs = [.equalize] }.decide(sabotaged, Self.samples(64))
    #expect(without.sqnr < 20)
    #expect(with.sqnr > 33)
    #expect(with.repairs.map { $0.isKept } == [true])
  }

  @Test func `the sabotaged layer is ranked first`() throws {
    let quantizer = Self.quantizer { $0.repairs = [] }
    let decision = try quantizer.decide(Self.network(scalingChannel: 1000), Self.samples(64))
    let measurement = try quantizer.measure(decision, Self.samples(64))
    #expect(measurement.ranking.first == "h")
  }

  @Test func `layers are left in float32 until the answer is good enough, and none for nothing`() throws {
    let quantizer = Self.quantizer { $0.repairs = [] }
    let network = Self.network(scalingChannel: 1000, isLonger: true)
    var decision = try quantizer.decide(network, Self.samples(64))
    let measurement = try quantizer.measure(decision, Self.samples(64))
    func isGood(_ decision: Quantizer.Decision) throws(QuantError) -> Bool {
      try quantizer.sqnr(decision, Self.samples(64)) > 33
    }
    #expect(try !isGood(decision))
    #expect(try quantizer.keepBudget(&decision, measurement, isGood))
    #expect(try isGood(decision))
    // Only with both float32, the one that makes the large channel and the one that reads it, is there no rounding between them.
    #expect(decision.recipe.layers.filter { $0.value.isFloat }.keys.sorted() == ["h", "y"])
    let graph = try decision.graph.quantized(by: decision.recipe)
    var report = Report()
    _ = try Converter.lowered(graph, report: &report)
    #expect(
      graph.nodes.map { $0.operatorName } == [
        "fully_connected", "fully_connected", "quantize", "fully_connected", "dequantize",
      ])
    var impossible = try quantizer.decide(network, Self.samples(64))
    #expect(try !quantizer.keepBudget(&impossible, measurement) { _ in false })
    #expect(impossible.recipe.layers.values.allSatisfy { !$0.isFloat })
  }

  @Test func `layers that are float32 for nothing become int8 again`() throws {
    // The measured noise misleads: what matters are b and d together.
    let names = ["a", "b", "c", "d", "e"]
    let budget = FloatBudget(names.enumerated().map { .init(layers: [$1], noise: Double(5 - $0)) })
    var count = 0
    let recipe = try budget.recipe(from: QuantizationRecipe()) { recipe in
      count += 1
      return recipe.layers["b"]?.isFloat == true && recipe.layers["d"]?.isFloat == true
    }
    #expect(recipe?.layers.keys.sorted() == ["b", "d"])
    #expect(count <= 12)
    #expect(try budget.recipe(from: QuantizationRecipe()) { _ in false } == nil)
  }

  private static func filled(_ count: Int, _ value: @escaping @Sendable (Int, Int) -> Float) -> CalibrationSet {
    CalibrationSet(count: count) {
      { index, executor in
        let input = executor.input(0).bindMemory(to: Float.self)
        for element in input.indices { input[element] = value(index, element) }
      }
    }
  }

  @Test(arguments: [1, 64])
  func `blank calibration samples are named, and nothing is fitted to them`(count: Int) throws {
    let decision = try Self.quantizer().decide(Self.network(), Self.filled(count) { _, _ in 0 })
    #expect(decision.warnings.count == 1)
    #expect(decision.warnings.first?.contains("\"x\" is always 0.0") == true)
    #expect(decision.repairs.isEmpty && !decision.sqnr.isNaN)
    let measurement = try Self.quantizer().measure(decision, Self.samples(16))
    #expect(measurement.sensitivity.values.allSatisfy { $0.noise.isFinite })
    // Of an input of 0 nothing but the bias, 0.1, reached h: its range cuts off more than that of any other tensor.
    #expect(measurement.ranking.first == "h")
    var report = QuantizationReport()
    report.setLayers(decision, measurement)
    report.sqnr = decision.sqnr
    #expect(!report.html.isEmpty && !report.json.isEmpty)
    #expect(try Self.quantizer().decide(Self.network(), Self.samples(64)).warnings.isEmpty)
  }

  @Test func `layers that never change and ranges that other samples leave are named`() throws {
    var network = Self.network()
    network.tensors[2].data = Graph.Tensor.bytes(of: [Float](repeating: -100, count: 8))
    #expect(try Self.quantizer().decide(network, Self.samples(64)).warnings.first?.contains("\"h\" (0.0)") == true)

    let quantizer = Self.quantizer()
    let decision = try quantizer.decide(Self.network(), Self.filled(64) { 0.01 * Float(($0 * 7 + $1 * 3) % 11) })
    let warnings = quantizer.warnings(decision, try quantizer.measure(decision, Self.samples(64)))
    #expect(warnings.count == 1)
    #expect(quantizer.warnings(decision, try quantizer.measure(decision, Self.filled(8) { _, _ in 0.05 })).isEmpty)
  }

  @Test func `pixels between two codes get a wider range`() throws {
    var quantizer = Self.quantizer { $0.repairs = [] }
    let pixels = Self.filled(64) { sample, element in Float((sample * 97 + element * 61) % 256) / 127.5 - 1 }
    quantizer.inputRange = ValueRange(minimum: -1, maximum: 1)
    let wide = try quantizer.decide(Self.network(), pixels)
    let scale = try #require(wide.recipe.activations["x"]?.scale)
    #expect(scale > 2 / 255 && scale < 2.05 / 255)
    let whole = Self.filled(64) { sample, element in Float((sample * 97 + element * 61) % 256) }
    quantizer.inputRange = ValueRange(minimum: 0, maximum: 255)
    #expect(try quantizer.decide(Self.network(), whole).recipe.activations["x"]?.scale == 1)
  }

  @Test func `a recipe for another network is refused`() throws {
    let recipe = try Self.quantizer().decide(Self.network(), Self.samples(8)).recipe
    #expect(throws: QuantError.self) { try QuantizationRecipe(json: recipe.json.dropLast(20) + [], sourceHash: "") }
    var other = recipe
    other.layers["h"]?.weightScales.removeLast()
    #expect(throws: QuantError.self) { try Self.network().quantized(by: other) }
    other = recipe
    other.activations["h"] = nil
    #expect(throws: QuantError.self) { try Self.network().quantized(by: other) }
    var named = recipe
    named.sourceHash = "abc"
    #expect(throws: QuantError.self) { try QuantizationRecipe(json: named.json, sourceHash: "def") }
  }

  @Test func `values that are not finite are named`() throws {
    var graph = Self.network()
    graph.tensors[1].data = Graph.Tensor.bytes(of: [Float](repeating: .infinity, count: 64))
    #expect(throws: QuantError.self) { try Self.quantizer().decide(graph, Self.samples(8)) }
  }
}

@Suite struct OptimalRoundingTests {
  @Test func `correlated inputs are rounded so that errors cancel`() throws {
    // Two inputs that are always equal: only the sum of their weights matters, and 0.4 + 0.4 is nearest to 1.
    var products = SymmetricMatrix(order: 2)
    products.addProducts(of: [10, 10, -20, -20, 30, 30])
    products.mirror()
    let rounding = try #require(OptimalRounding(products))
    let codes = rounding.codes([0.4, 0.4][...], scale: 1, nearest: [0, 0][...])
    #expect(codes.reduce(0) { $0 + Int($1) } == 1)
  }

  @Test func `independent inputs keep the nearest codes`() throws {
    var products = SymmetricMatrix(order: 3)
    products.addProducts(of: [5, 0, 0, 0, 5, 0, 0, 0, 5])
    products.mirror()
    let rounding = try #require(OptimalRounding(products))
    #expect(rounding.codes([1.2, -3.4, 200][...], scale: 1, nearest: [1, -3, 127][...]) == [1, -3, 127])
  }

  @Test func `inputs that are always zero decide nothing`() {
    #expect(OptimalRounding(SymmetricMatrix(order: 4)) == nil)
  }
}

@Suite struct RangeTests {
  @Test func `zero is represented exactly, and the ends within a step`() {
    for range in [
      ValueRange(minimum: 0, maximum: 6), ValueRange(minimum: -1, maximum: 3), ValueRange(minimum: -2.5, maximum: 0),
    ] {
      let params = range.int8
      #expect((-128...127).contains(params.zeroPoint))
      let low = params.scale * Float(-128 - params.zeroPoint)
      let high = params.scale * Float(127 - params.zeroPoint)
      #expect(abs(low - range.minimum) <= params.scale)
      #expect(abs(high - range.maximum) <= params.scale)
    }
    #expect(ValueRange(minimum: 0, maximum: 0).int8.scale == 1)
  }

  @Test func `each method finds the range that is best by its own measure`() {
    // Uniform in 0..<1, a tail to 4, and one value at 100.
    var histogram = Histogram(ValueRange(minimum: 0, maximum: 100))
    var values: [Float] = []
    for index in 0..<200_000 {
      let isTail = index % 1000 == 0
      values.append(isTail ? 1 + Float(index % 4001) / 1334 : Float(index % 1000) / 1000)
    }
    (values + [100]).withUnsafeBufferPointer { histogram.add($0) }
    #expect(RangeMethod.minMax.range(histogram).maximum == 100)
    #expect(RangeMethod.percentile.range(histogram).maximum < 5)
    let (mse, kl) = (RangeMethod.mse.range(histogram), RangeMethod.kl.range(histogram))
    for step in 1...99 {
      let candidate = ValueRange(minimum: 0, maximum: Float(step))
      #expect(histogram.meanSquaredError(mse) <= histogram.meanSquaredError(candidate))
      #expect(histogram.relativeEntropy(kl) <= histogram.relativeEntropy(candidate))
    }
  }
}
