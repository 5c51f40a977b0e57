import EdgeTensor

extension Pass {
  /// The reverse of `recenterUInt8` for networks in which an operator follows the uint8 rule: their codes are uint8 again, but for
  /// operators that only know int8, and `quantize` nodes stand where the two meet. No byte changes.
  static let restoreUInt8 = Pass("restore-uint8") { graph, _ in
    guard graph.nodes.contains(where: { $0.attributes.bool("uint8_rule") }) else { return }
    var restoration = UInt8Restoration(graph)
    restoration.run()
    graph = restoration.graph
  }
}

/// Writes a graph anew, with two forms of each tensor of codes: int8, under its own index, and uint8, its twin.
private struct UInt8Restoration {
  var graph: Graph
  private var nodes: [Graph.Node] = []
  /// By int8 tensor.
  private var twins: [Int: Int] = [:]
  private var isWritten: [Bool]

  init(_ graph: Graph) {
    self.graph = graph
    isWritten = graph.tensors.map { $0.isConstant }
    for input in graph.inputs { isWritten[input] = true }
    for node in graph.nodes {
      guard let (codes, twin) = self.exactChange(node), twins[codes] == nil else { continue }
      twins[codes] = twin
    }
  }

  /// What per-channel scales and missing uint8 kernels demand.
  private static let int8Operators: Set<String> = [
    "batch_matmul", "squared_difference", "rsqrt", "sqrt", "elu", "cast",
  ]

  mutating func run() {
    for node in graph.nodes {
      // A change between twins is made where somebody needs it.
      if let (codes, twin) = exactChange(node), twins[codes] == twin { continue }
      var node = node
      let operands = node.inputs.compactMap { $0 } + node.outputs
      let isInt8 =
        UInt8Restoration.int8Operators.contains(node.operatorName)
        || operands.contains {
          graph.tensors[$0].dataType == .int8 && graph.tensors[$0].quantization?.isPerChannel == true
        }
      node.inputs = node.inputs.map { input in input.map { isInt8 ? int8Form($0, node) : uint8Form($0, node) } }
      node.outputs = node.outputs.map { isInt8 || !isCodes($0) ? $0 : twin($0) }
      for output in node.outputs { isWritten[output] = true }
      nodes.append(node)
    }
    for output in graph.outputs where !isWritten[output] {
      let source = nodes.last?.source ?? Graph.Source(index: 0, operatorName: "QUANTIZE", inputs: [], outputs: [])
      if let codes = twins.first(where: { $0.value == output })?.key {
        change(codes, output, source)
      } else if let twin = twins[output] {
        change(twin, output, source)
      }
    }
    graph.nodes = nodes
  }

  /// The int8 and the uint8 tensor of a `quantize` that only flips the top bit of codes.
  private func exactChange(_ node: Graph.Node) -> (codes: Int, twin: Int)? {
    guard node.operatorName == "quantize", node.inputs.count == 1, let input = node.inputs[0] else { return nil }
    let output = node.outputs[0]
    for (codes, twin) in [(input, output), (output, input)] {
      guard graph.tensors[codes].dataType == .int8, graph.tensors[twin].dataType == .uint8,
        graph.tensors[codes].quantization == graph.tensors[twin].recentered().quantization
      else { continue }
      return (codes, twin)
    }
    return nil
  }

  private func isCodes(_ tensor: Int) -> Bool {
    graph.tensors[tensor].dataType == .int8 && graph.tensors[tensor].quantization != nil
  }

  private mutating func twin(_ tensor: Int) -> Int {
    if let known = twins[tensor] { return known }
    let twin = graph.add(graph.tensors[tensor].offByHalf())
    isWritten.append(graph.tensors[tensor].isConstant)
    twins[tensor] = twin
    return twin
  }

  private mutating func uint8Form(_ tensor: Int, _ node: Graph.Node) -> Int {
    guard isCodes(tensor) else { return tensor }
    let twin = twin(tensor)
    if !isWritten[twin] { change(tensor, twin, node.source) }
    return twin
  }

  private mutating func int8Form(_ tensor: Int, _ node: Graph.Node) -> Int {
    if !isWritten[tensor], let twin = twins[tensor] { change(twin, tensor, node.source) }
    return tensor
  }

  private mutating func change(_ from: Int, _ to: Int, _ source: Graph.Source) {
    nodes.append(Graph.Node("quantize", name: graph.tensors[to].name, inputs: [from], outputs: [to], source: source))
    isWritten[to] = true
  }
}

extension Graph.Tensor {
  /// The same real numbers in uint8: the reverse of `recentered`.
  fileprivate func offByHalf() -> Graph.Tensor {
    var tensor = self
    tensor.dataType = .uint8
    tensor.quantization?.zeroPoints = quantization?.zeroPoints.map { $0 + 128 } ?? []
    tensor.data = data.map { $0.map { $0 ^ 0x80 } }
    return tensor
  }
}
