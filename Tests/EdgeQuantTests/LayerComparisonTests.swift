import EdgeTensor
import Foundation
import Testing

@testable import EdgeQuant

/// Layers of two small networks, found and measured against figures by hand.
@Suite final class LayerComparisonTests {
  private let file = FileManager.default.temporaryDirectory.appendingPathComponent("layers-\(UUID().uuidString).npy")

  deinit { try? FileManager.default.removeItem(at: file) }

  /// x (4 numbers) times a, then plus b, then what `tail` appends.
  private func network(_ a: Float, _ b: Float, names: [String], tail: [String] = []) throws -> RunnableModel {
    var graph = Graph()
    func add(_ name: String, _ data: [Float]? = nil) -> Int {
      graph.add(
        Graph.Tensor(
          name: name, dataType: .float32, shape: Shape([1, data?.count ?? 4]),
          data: data.map(Graph.Tensor.bytes)))
    }
    var current = add("x")
    graph.inputs = [current]
    func append(_ operation: String, _ operand: Float?, _ name: String) {
      let inputs = [current] + (operand.map { [add("", [$0])] } ?? [])
      current = add(name)
      graph.nodes.append(
        Graph.Node(
          operation, name: name, inputs: inputs, outputs: [current],
          source: Graph.Source(index: graph.nodes.count, operatorName: operation, inputs: [], outputs: [])))
    }
    append("mul", a, names[0])
    append("add", b, names[1])
    for operation in tail { append(operation, nil, operation) }
    graph.outputs = [current]
    return try RunnableModel(graph, name: "net")
  }

  private func data(_ samples: [[Float]]) throws -> Dataset {
    let header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(samples.count), 4), }"
    let padding = String(repeating: " ", count: 117 - text.utf8.count) + "\n"
    let bytes = header + Array((text + padding).utf8) + samples.joined().flatMap { withUnsafeBytes(of: $0, Array.init) }
    try Data(bytes).write(to: file)
    var report = Report()
    return try Dataset.open(file.path, report: &report)
  }

  private func compare(_ first: RunnableModel, _ second: RunnableModel, _ data: Dataset) throws -> LayerComparison {
    var report = Report()
    let comparison = try LayerComparison(first, second, data: data, workers: Workers(1), report: &report)
    let together = try LayerComparison(first, second, data: data, workers: Workers(2), report: &report)
    #expect(together.layers.map { $0.noise } == comparison.layers.map { $0.noise })
    return comparison
  }

  @Test func `channels that equalization scales are compared as they were`() throws {
    let data = try data([[1, 2, 2, 0], [0, 0, 4, 0]])
    let comparison = try compare(
      try network(2, 1, names: ["m", "s"]), try network(0.25, 1, names: ["m", "s"]), data)
    // The last channel is 0 in both.
    #expect(comparison.layers[0].scaledChannelCount == 3 && comparison.layers[0].decibels == .infinity)
    let other = try compare(try network(2, 1, names: ["m", "s"]), try network(1.5, 1, names: ["m", "s"]), data)
    #expect(other.layers[0].scaledChannelCount == 0 && abs(other.layers[0].decibels - 20 * log10(4)) < 1e-9)
  }

  @Test func `the ratio is that of the sums over all samples, and the first layers that differ and depart are named`()
    throws
  {
    let data = try data([[1, 2, 2, 0], [0, 0, 4, 0]])
    let comparison = try compare(
      try network(2, 1, names: ["m", "s"]), try network(2, 1.5, names: ["m", "s"]), data)
    #expect(comparison.layers.map { $0.name } == ["m", "s"])
    #expect(comparison.layers[0].decibels == .infinity && comparison.layers[0].signal == 4 * 25)
    // 2x + 1 is 3 5 5 1 and 1 1 9 1; the other is 0.5 larger, 8 times.
    #expect(comparison.layers[1].signal == 60 + 84 && comparison.layers[1].noise == 8 * 0.25)
    #expect(abs(comparison.layers[1].decibels - 10 * log10(72)) < 1e-12)
    #expect(comparison.firstDifferent?.name == "s" && comparison.firstDeparting(below: 20)?.name == "s")
    #expect(comparison.firstDeparting(below: 18) == nil && comparison.sampleCount == 2)
    #expect(comparison.layers.allSatisfy { $0.isMatchedByName })
  }

  @Test func `a comparison is a page with costs and every layer`() throws {
    var report = Report()
    let comparison = try ModelComparison(
      try network(2, 1, names: ["a<b>", "s"]), try network(2, 1.5, names: ["a<b>", "s"]),
      data: try data([[1, 2, 2, 0], [0, 0, 4, 0]]), layerSamples: 2, workers: Workers(1), report: &report)
    let page = try PageReader(comparison.html(threshold: 20))
    let text = page.text.replacing("\u{A0}", with: " ")
    for figure in ["a<b>", "18.6 dB", "∞", "100.0 %", "2 of 2 samples", "below 20.0 dB", "1.000"] {
      #expect(text.contains(figure), "\(figure)")
    }
    #expect(page.counts["table"] == 2)
  }

  @Test func `an activation stands for the operator before it`() throws {
    let data = try data([[1, -1, 1, 1]])
    let comparison = try compare(
      try network(2, 1, names: ["a", "b"], tail: ["relu"]), try network(2, 1, names: ["c", "d"]), data)
    #expect(comparison.layers.map { $0.operatorName } == ["mul", "relu"])
    // 2x + 1 is 3 -1 3 3.
    #expect(comparison.layers[1].noise == 1 && comparison.unmatched == (first: 0, second: 0))
  }

  @Test func `layers of other names are matched by their kind and order, and those left over are counted`() throws {
    let data = try data([[1, -1, 1, 1]])
    let comparison = try compare(
      try network(2, 1, names: ["a", "b"], tail: ["floor"]), try network(2, 1, names: ["c", "d"], tail: ["tanh"]), data)
    #expect(comparison.layers.map { $0.operatorName } == ["mul", "add"])
    #expect(comparison.layers.allSatisfy { !$0.isMatchedByName && $0.noise == 0 })
    #expect(comparison.firstDifferent == nil)
    #expect(comparison.unmatched == (first: 1, second: 1))
  }

  @Test func `a name counts for more than the order`() throws {
    let data = try data([[1, -1, 1, 1]])
    let comparison = try compare(
      try network(2, 1, names: ["a", "b"], tail: ["tanh"]),
      try network(2, 1, names: ["c", "a"], tail: ["tanh"]), data)
    #expect(comparison.layers.map { $0.name } == ["a", "tanh"])
    #expect(comparison.layers[0].noise > 0)
  }

  @Test func `branches written in another order find their partners`() throws {
    func network(_ order: [(String, Float)]) throws -> RunnableModel {
      var graph = Graph()
      func add(_ name: String, _ data: [Float]? = nil) -> Int {
        graph.add(
          Graph.Tensor(
            name: name, dataType: .float32, shape: Shape([1, data?.count ?? 4]), data: data.map(Graph.Tensor.bytes)))
      }
      let x = add("x")
      graph.inputs = [x]
      var results: [String: Int] = [:]
      for (operation, operand) in order {
        let output = add("\(operation) \(graph.nodes.count)")
        let inputs = operation == "sub" ? [results["mul"]!, results["add"]!] : [x, add("", [operand])]
        results[operation] = output
        graph.nodes.append(
          Graph.Node(
            operation, name: "", inputs: inputs, outputs: [output],
            source: Graph.Source(index: graph.nodes.count, operatorName: operation, inputs: [], outputs: [])))
      }
      graph.outputs = [results["sub"]!]
      return try RunnableModel(graph, name: "net")
    }
    let comparison = try compare(
      try network([("mul", 2), ("add", 1), ("sub", 0)]), try network([("add", 1), ("mul", 2), ("sub", 0)]),
      try data([[1, 2, 3, 4]]))
    #expect(comparison.layers.map { $0.operatorName } == ["mul", "add", "sub"])
    #expect(comparison.firstDifferent == nil && comparison.unmatched == (first: 0, second: 0))
  }
}
