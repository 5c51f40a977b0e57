import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

/// Builds graphs by hand; shapes follow from the runtime's rules.
struct GraphBuilder {
  private(set) var graph = Graph()
  var random: SplitMix64
  private let source = Graph.Source(index: 0, operatorName: "TEST", inputs: [], outputs: [])

  init(seed: UInt64 = 1) { random = SplitMix64(seed: seed) }

  mutating func input(_ dimensions: [Int], _ dataType: DataType = .float32, _ quantization: Graph.Quantization? = nil)
    -> Int
  {
    let index = graph.add(
      Graph.Tensor(
        name: "input\(graph.tensors.count)", dataType: dataType, shape: Shape(dimensions), quantization: quantization))
    graph.inputs.append(index)
    return index
  }

  mutating func constant<T: TensorElement>(
    _ values: [T], _ dimensions: [Int]? = nil, _ quantization: Graph.Quantization? = nil
  ) -> Int {
    graph.add(
      Graph.Tensor(
        name: "constant\(graph.tensors.count)", dataType: T.dataType, shape: Shape(dimensions ?? [values.count]),
        quantization: quantization, data: Graph.Tensor.bytes(of: values)))
  }

  mutating func ints(_ values: Int...) -> Int { constant(values.map { Int32($0) }) }

  /// Random numbers in −1…1.
  mutating func numbers(_ dimensions: [Int]) -> Int {
    constant((0..<dimensions.reduce(1, *)).map { _ in Float(random.int(in: -1000...1000)) / 1000 }, dimensions)
  }

  mutating func node(
    _ name: String, _ inputs: [Int?], _ attributes: [Attribute] = [], _ dataType: DataType = .float32,
    _ quantization: Graph.Quantization? = nil, outputs: Int = 1
  ) -> [Int] {
    var node = Graph.Node(
      name, name: "\(name)\(graph.nodes.count)", inputs: inputs, outputs: [], attributes: Attributes(attributes),
      source: source)
    for _ in 0..<outputs {
      node.outputs.append(
        graph.add(
          Graph.Tensor(
            name: "\(name)\(graph.tensors.count)", dataType: dataType, shape: nil, quantization: quantization)))
    }
    if let definition = OperatorRegistry.standard[name] {
      guard case .success(let types) = graph.outputTypes(of: node, definition) else {
        Issue.record("\(name): \(graph.outputTypes(of: node, definition))")
        return node.outputs
      }
      for (output, type) in zip(node.outputs, types) { graph.tensors[output].shape = type.shape }
    } else {
      graph.tensors[node.outputs[0]].shape = graph.tensors[inputs[0]!].shape
    }
    graph.nodes.append(node)
    return node.outputs
  }

  mutating func add(
    _ name: String, _ inputs: Int?..., with attributes: [Attribute] = [], as dataType: DataType = .float32,
    _ quantization: Graph.Quantization? = nil
  ) -> Int { node(name, inputs, attributes, dataType, quantization)[0] }

  mutating func transpose(_ x: Int, _ axes: Int...) -> Int {
    add("transpose", x, constant(axes.map { Int32($0) }), as: graph.tensors[x].dataType, graph.tensors[x].quantization)
  }

  mutating func toNCHW(_ x: Int) -> Int { transpose(x, 0, 3, 1, 2) }
  mutating func toNHWC(_ x: Int) -> Int { transpose(x, 0, 2, 3, 1) }

  mutating func finish(_ outputs: Int...) -> Graph {
    graph.outputs = outputs
    return graph
  }
}

extension Graph {
  /// The graph after some passes, and after those that remove what became useless.
  func after(_ passes: Pass...) -> Graph {
    var (graph, report) = (self, Report())
    graph.run(passes + [.removeDeadCode, .inferShapes, .removeDeadCode], report: &report)
    #expect(report.problems.isEmpty)
    return graph
  }

  func count(_ operatorName: String) -> Int { nodes.count { $0.operatorName == operatorName } }

  var operatorNames: [String] { nodes.map { $0.operatorName } }

  /// Bytes of the outputs for inputs drawn with a seed: codes, or numbers in −range…range.
  func outputBytes(seed: UInt64 = 7, range: Int = 4) throws -> [[UInt8]] {
    var report = Report()
    let lowered = try Converter.lowered(self, report: &report)
    let interpreter = try Interpreter(Plan(Model(ModelBytes(copying: lowered.contents().encoded()))))
    var random = SplitMix64(seed: seed)
    for (index, input) in inputs.enumerated() {
      let count = tensors[input].shape!.elementCount
      if tensors[input].dataType == .float32 {
        let values = (0..<count).map { _ in Float(random.int(in: -1000 * range...1000 * range)) / 1000 }
        values.withUnsafeBytes { interpreter.input(index).copyMemory(from: $0) }
      } else {
        interpreter.input(index).copyBytes(from: random.codes(count).map { UInt8(bitPattern: $0) })
      }
    }
    try interpreter.invoke()
    return outputs.indices.map { [UInt8](interpreter.output($0)) }
  }

  func outputNumbers(seed: UInt64 = 7, range: Int = 4) throws -> [Float] {
    try outputBytes(seed: seed, range: range).flatMap { bytes in
      bytes.withUnsafeBytes { buffer in
        stride(from: 0, to: buffer.count, by: 4).map { buffer.loadUnaligned(fromByteOffset: $0, as: Float.self) }
      }
    }
  }
}

/// The largest difference, as a part of the largest number.
func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  let largest = b.map { abs($0) }.max() ?? 0
  return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(largest, 1e-6) } ?? 0
}
