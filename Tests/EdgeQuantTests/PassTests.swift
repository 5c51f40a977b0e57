import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Testing

@Suite struct PassTests {
  typealias File = TinyTFLite
  typealias Tensor = TinyTFLite.Tensor
  typealias Operator = TinyTFLite.Operator

  private func converted(_ file: TinyTFLite) throws(QuantError) -> Graph {
    var report = Report()
    return try Converter.lowered(Converter.source(ModelBytes(copying: file.bytes), report: &report), report: &report)
  }

  /// A dense layer without bias.
  private func dense(
    depth: Int, weights: [Int8], weightScale: Float = 0.5, inputZeroPoint: Int64 = -3
  ) -> TinyTFLite {
    let channels = weights.count / depth
    return TinyTFLite(
      [
        Tensor("x", File.int8, [1, Int32(depth)], scale: 0.25, zeroPoint: inputZeroPoint),
        Tensor(
          "w", File.int8, [Int32(channels), Int32(depth)], scale: weightScale,
          data: weights.map { UInt8(bitPattern: $0) }),
        Tensor("y", File.int8, [1, Int32(channels)], scale: 2, zeroPoint: 1),
      ], [Operator(9, [0, 1, -1], [2])], inputs: [0], outputs: [2])
  }

  @Test func `a dense layer's table holds bias, folded bias and the float64 factor`() throws {
    let graph = try converted(dense(depth: 2, weights: [1, 2, -128, 4, 5, 6]))
    let node = graph.nodes[0]
    let channels = graph.tensors[try #require(node.inputs[2])]
    #expect(channels.shape == Shape([4, 16]))
    let table = channels.values(as: Int32.self)
    #expect(Array(table[0..<4]) == [0, 0, 0, 0])
    // bias − z_x · Σw with z_x = −3
    #expect(Array(table[16..<20]) == [9, -372, 33, 0])
    let factor = Double(bitPattern: UInt64(UInt32(bitPattern: table[32])) | UInt64(UInt32(bitPattern: table[48])) << 32)
    #expect(factor == 0.25 * 0.5 / 2)
    #expect(node.attributes.int("accumulator_bound") == 132 * 255)
    #expect(node.attributes.int("weight_zero_point") == 0)
    #expect(node.attributes.int("weights_include_minus_128") == 1)
    let weights = graph.tensors[try #require(node.inputs[1])]
    #expect(weights.layout == .o16k4)
    #expect(weights.shape == Shape([3, 2]))
    #expect(weights.data?.count == 16 * 4)
  }

  @Test(arguments: [0, 3, 4, 10])
  func `pruned weights are stored sparse where enough blocks are zero`(zeroCount: Int) throws {
    // Ten blocks of four inputs, for 3 of 16 output channels.
    let weights = (0..<120).map { index in Int8(index % 40 / 4 < zeroCount ? 0 : 1 + index % 7) }
    var graph = try converted(dense(depth: 40, weights: weights))
    for (storage, isSparse) in [(SparseStorage.never, false), (.auto, zeroCount > 3), (.always, true)] {
      var (converter, report) = (Converter(), Report())
      converter.sparse = storage
      let model = try converter.convert(graph, report: &report).model
      let tensor = try #require(model.tensors.first { $0.layout == (isSparse ? .o16k4Sparse : .o16k4) })
      #expect(tensor.data?.count == 64 * (isSparse ? 10 - zeroCount : 10))
      #expect(tensor.sparse?.blocks.groups ?? [] == (isSparse ? (UInt16(zeroCount)..<10).map { $0 } : []))
      #expect(report.notes.contains { $0.contains("\(10 - zeroCount) of 10 blocks") } == isSparse)
    }
    // Where somebody else reads the weights, they stay as they are.
    graph.outputs.append(try #require(graph.nodes[0].inputs[1]))
    var (converter, report) = (Converter(), Report())
    converter.sparse = .always
    #expect(try converter.convert(graph, report: &report).model.tensors.allSatisfy { $0.sparse == nil })
  }

  @Test func `a dense layer of 186624 inputs is converted, one that can overflow is not`() throws {
    let depth = 186_624
    let small = [Int8](repeating: 45, count: depth)
    #expect(try converted(dense(depth: depth, weights: small)).nodes.count == 1)
    let error = #expect(throws: QuantError.self) {
      try converted(dense(depth: depth, weights: [Int8](repeating: 46, count: depth)))
    }
    #expect(error.map { "\($0)" }?.contains("channel 0 can reach an accumulator of 2189099520") == true)
  }

  @Test func `a uint8 model is int8 inside and uint8 outside`() throws {
    let file = TinyTFLite(
      [
        Tensor("x", File.uint8, [1, 4], scale: 0.5, zeroPoint: 100),
        Tensor("k", File.uint8, [1, 4], scale: 0.25, zeroPoint: 7, data: [0, 7, 128, 255]),
        Tensor("y", File.uint8, [1, 4], scale: 1, zeroPoint: 20),
      ], [Operator(0, [0, 1], [2])], inputs: [0], outputs: [2])
    let graph = try converted(file)
    #expect(graph.nodes.map { $0.operatorName } == ["quantize", "add", "quantize"])
    #expect(graph.tensors[graph.inputs[0]].dataType == .uint8)
    #expect(graph.tensors[graph.outputs[0]].dataType == .uint8)
    let constant = graph.tensors[try #require(graph.nodes[1].inputs[1])]
    #expect(constant.dataType == .int8)
    #expect(constant.quantization?.zeroPoints == [-121])
    #expect(constant.values(as: Int8.self) == [-128, -121, 0, 127])
  }

  @Test func `a cast sees the codes of the source`() throws {
    let file = TinyTFLite(
      [
        Tensor("x", File.uint8, [4], scale: 0.5, zeroPoint: 100),
        Tensor("r", File.uint8, [4], scale: 0.5, zeroPoint: 100),
        Tensor("y", File.float32, [4]),
      ], [Operator(19, [0], [1]), Operator(53, [1], [2])], inputs: [0], outputs: [2])
    var report = Report()
    let graph = try Converter.lowered(
      Converter.source(ModelBytes(copying: file.bytes), report: &report), report: &report)
    let model = try Converter().convert(graph, report: &report).model
    let interpreter = try Interpreter(try Plan(model))
    interpreter.input(0).copyBytes(from: [0, 100, 101, 255])
    try interpreter.invoke()
    let output = interpreter.output(0)
    #expect((0..<4).map { output.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } == [100, 100, 101, 255])
  }

  @Test func `a quantize that only changes the type before another is skipped`() throws {
    let file = TinyTFLite(
      [
        Tensor("x", File.uint8, [4], scale: 0.5, zeroPoint: 128), Tensor("q", File.int8, [4], scale: 0.5),
        Tensor("y", File.int8, [4], scale: 0.5),
      ], [Operator(114, [0], [1]), Operator(19, [1], [2])], inputs: [0], outputs: [2])
    #expect(try converted(file).nodes.map { $0.operatorName } == ["quantize", "relu"])
  }

  @Test func `nodes and tensors that nothing needs are removed`() throws {
    let file = TinyTFLite(
      [
        Tensor("x", File.float32, [4]), Tensor("unused", File.float32, [4]), Tensor("y", File.float32, [4]),
        Tensor("lonely", File.float32, [1], data: [0, 0, 0, 0]),
      ], [Operator(19, [0], [1]), Operator(21, [0], [2])], inputs: [0], outputs: [2])
    let graph = try converted(file)
    #expect(graph.nodes.map { $0.operatorName } == ["relu6"])
    #expect(graph.tensors.map { $0.name } == ["x", "y"])
  }

  @Test func `weights that two layers share are packed once`() throws {
    var file = dense(depth: 4, weights: Array(repeating: 3, count: 16))
    file.tensors.append(Tensor("z", File.int8, [1, 4], scale: 2, zeroPoint: 1))
    file.operators.append(Operator(9, [2, 1, -1], [3]))
    file.outputs = [3]
    let graph = try converted(file)
    #expect(graph.nodes[0].inputs[1] == graph.nodes[1].inputs[1])
  }

  @Test func `a graph prints its inputs, nodes, attributes and outputs`() throws {
    let text = try converted(dense(depth: 4, weights: [1, 2, 3, 4])).description
    for part in ["input %0: int8[1x4] \"x\"", "fully_connected(", "accumulator_bound=2550", "(o16k4)", "output %"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `shapes that an exporter computes while running become constants`() throws {
    // reshape(x, pack(shape(x)[0], 2, -1)), as Keras writes Flatten and Reshape for a batch that may vary
    let file = TinyTFLite(
      [
        Tensor("x", File.float32, [1, 6]), Tensor("shape", File.int32, []),
        Tensor("begin", File.int32, [1], data: File.ints(0)), Tensor("end", File.int32, [1], data: File.ints(1)),
        Tensor("step", File.int32, [1], data: File.ints(1)), Tensor("batch", File.int32, []),
        Tensor("two", File.int32, [], data: File.ints(2)), Tensor("rest", File.int32, [], data: File.ints(-1)),
        Tensor("target", File.int32, []), Tensor("y", File.float32, []),
      ],
      [
        Operator(77, [0], [1]),
        Operator(45, [1, 2, 3, 4], [5], options: [.absent, .absent, .absent, .absent, .int(1)]),
        Operator(83, [5, 6, 7], [8], options: [.int(3)]), Operator(22, [0, 8], [9]),
      ], inputs: [0], outputs: [9])
    let graph = try converted(file)
    #expect(graph.nodes.map { $0.operatorName } == ["reshape"])
    #expect(graph.tensors[graph.outputs[0]].shape == Shape([1, 2, 3]))
    let target = graph.tensors[try #require(graph.nodes[0].inputs[1])]
    #expect(target.values(as: Int32.self) == [1, 2, -1])
  }
}
