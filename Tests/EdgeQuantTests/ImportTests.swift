import EdgeModel
import EdgeQuant
import EdgeTensor
import Testing

@Suite struct ImportTests {
  typealias File = TinyTFLite
  typealias Tensor = TinyTFLite.Tensor
  typealias Operator = TinyTFLite.Operator

  private func imported(_ file: TinyTFLite) throws(QuantError) -> Graph {
    var report = Report()
    return try TFLiteImporter.graph(from: ModelBytes(copying: file.bytes), report: &report)
  }

  private func converted(_ file: TinyTFLite) throws(QuantError) -> (graph: Graph, report: Report) {
    var report = Report()
    return (
      try Converter.lowered(Converter.source(ModelBytes(copying: file.bytes), report: &report), report: &report), report
    )
  }

  private func sum(_ names: [String] = ["a", "b", "y"]) -> TinyTFLite {
    TinyTFLite(
      names.map { Tensor($0, File.float32, [1, 4]) }, [Operator(0, [0, 1], [2])], inputs: [0, 1], outputs: [2])
  }

  @Test func `an operator's code is read from the old byte and from the new field`() throws {
    var file = sum()
    #expect(try imported(file).nodes[0].operatorName == "add")
    file.usesOldCodes = true
    #expect(try imported(file).nodes[0].operatorName == "add")
  }

  @Test func `missing and doubled names become different ones`() throws {
    let names = try imported(sum(["", "x", "x"])).tensors.map { $0.name }
    #expect(Set(names).count == 3)
    #expect(names.allSatisfy { !$0.isEmpty })
  }

  @Test func `inner tensors that the converter merged go by the first name, and outputs come before constants`() throws
  {
    var file = TinyTFLite(
      ["in;1", "net/relu;net/conv", "net/relu;net/bn", ";", "out;1", "net/relu"].map {
        Tensor($0, File.float32, [1, 4])
      },
      [Operator(0, [0, 1], [2]), Operator(0, [2, 3], [4])], inputs: [0], outputs: [4])
    for constant in [1, 3, 5] { file.tensors[constant].data = (0..<16).map { UInt8($0) } }
    #expect(
      try imported(file).tensors.map { $0.name } == [
        "in;1", "net/relu#1", "net/relu", "tensor_3", "out;1", "net/relu#5",
      ])
  }

  @Test func `constants outside the FlatBuffer are found`() throws {
    var file = sum()
    file.tensors[1].data = (0..<16).map { UInt8($0) }
    file.inputs = [0]
    let inside = try imported(file).tensors[1].data
    file.keepsDataOutside = true
    #expect(try imported(file).tensors[1].data == inside)
    #expect(inside == (0..<16).map { UInt8($0) })
  }

  @Test func `float16 constants become float32 exactly`() throws {
    let halves: [(bits: UInt16, value: Float)] = [
      (0x3c00, 1), (0xc000, -2), (0x7bff, 65504), (0x0001, 0x1p-24), (0x03ff, 0x3ffp-24), (0x0400, 0x1p-14),
      (0x8000, -0.0), (0x7c00, .infinity),
    ]
    let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0.bits), UInt8($0.bits >> 8)] }
    let file = TinyTFLite(
      [
        Tensor("x", File.float32, [8]), Tensor("half", File.float16, [8], data: bytes),
        Tensor("wide", File.float32, [8]), Tensor("y", File.float32, [8]),
      ], [Operator(6, [1], [2]), Operator(0, [0, 2], [3])], inputs: [0], outputs: [3])
    let graph = try converted(file).graph
    #expect(graph.nodes.map { $0.operatorName } == ["add"])
    let constant = try #require(graph.nodes[0].inputs[1])
    let values = graph.tensors[constant].values(as: Float.self)
    #expect(values.map { $0.bitPattern } == halves.map { $0.value.bitPattern })
  }

  @Test func `shapes that may vary are fixed, and a note says so`() throws {
    var file = sum()
    file.tensors[0].signature = [-1, 4]
    file.tensors[2].shape = []
    let (graph, report) = try converted(file)
    #expect(graph.tensors[graph.outputs[0]].shape == Shape([1, 4]))
    #expect(report.notes.contains { $0.contains("\"a\" may vary") })
  }

  @Test func `every node that cannot be converted is listed, with name, shapes and reason`() throws {
    let file = TinyTFLite(
      [
        Tensor("x", File.float32, [1, 4]), Tensor("sin", File.float32, [1, 4]), Tensor("mine", File.float32, [1, 4]),
        Tensor("short", 7, [1, 4]), Tensor("y", File.float32, [1, 4]), Tensor("z", File.float32, [1, 4]),
      ],
      [
        Operator(66, [0], [1]), Operator(32, [1], [2], customName: "Mine"), Operator(0, [2, 3], [4]),
        Operator(18, [4, 4], [5], options: [.byte(4)]),
      ], inputs: [0, 3], outputs: [5])
    var problems: [NodeProblem] = []
    do throws(QuantError) {
      _ = try converted(file)
    } catch {
      if case .unsupported(let found) = error { problems = found }
      #expect("\(error)".contains("supported operators: ADD, "))
    }
    #expect(problems.map { $0.source.operatorName } == ["SIN", "CUSTOM Mine", "ADD", "MUL"])
    #expect(problems.map { $0.source.index } == [0, 1, 2, 3])
    #expect(problems.map { $0.nodeName } == ["sin", "mine", "y", "z"])
    #expect(problems[2].reason.contains("int16"))
    #expect(problems[3].reason.contains("TANH"))
    #expect(problems[0].source.inputs == ["float32[1x4]"])
  }

  @Test func `files without anything to run are refused`() {
    #expect(throws: QuantError.self) { try imported(TinyTFLite([], [], inputs: [], outputs: [])) }
    var file = sum()
    file.operators = []
    #expect(throws: QuantError.self) { try imported(file) }
  }

  @Test func `values used before they exist, written twice or never written are refused`() {
    var early = sum()
    early.inputs = [0]
    early.tensors[1].shape = [1, 4]
    early.operators.append(Operator(0, [0, 0], [1]))
    #expect(throws: QuantError.self) { try imported(early) }
    var twice = sum()
    twice.operators.append(Operator(0, [0, 1], [2]))
    #expect(throws: QuantError.self) { try imported(twice) }
    var never = sum()
    never.tensors.append(Tensor("never", File.float32, [1]))
    never.outputs = [3]
    #expect(throws: QuantError.self) { try imported(never) }
    var outside = sum()
    outside.operators[0].inputs = [0, 77]
    #expect(throws: QuantError.self) { try imported(outside) }
  }

  @Test func `variables are refused by name`() {
    var file = sum()
    file.tensors[1].isVariable = true
    let error = #expect(throws: QuantError.self) { try converted(file) }
    #expect(error.map { "\($0)" }?.contains("\"b\" is a variable") == true)
  }

  @Test func `scales that are no positive numbers are refused`() {
    for scale in [Float(0), -1, .nan, .infinity] {
      let file = TinyTFLite(
        [Tensor("x", File.int8, [4], scale: scale), Tensor("y", File.int8, [4], scale: 1)],
        [Operator(19, [0], [1])], inputs: [0], outputs: [1])
      #expect(throws: QuantError.self, "\(scale)") { try converted(file) }
    }
  }

  @Test func `bytes that are no model say so`() {
    var report = Report()
    for bytes in [[], Array("not a model, but long enough to be one".utf8)] as [[UInt8]] {
      #expect(throws: QuantError.self) {
        try TFLiteImporter.graph(from: ModelBytes(copying: bytes), report: &report)
      }
    }
  }
}
