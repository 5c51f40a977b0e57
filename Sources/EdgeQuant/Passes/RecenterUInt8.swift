import EdgeModel
import EdgeTensor

extension Pass {
  /// Turns quantized uint8 into int8: codes and zero points minus 128, which changes no real value.
  ///
  /// The model keeps its outside types: a `quantize` node stands between each uint8 input or output and the int8 tensor
  /// inside. Operators whose uint8 arithmetic differs from their int8 arithmetic get the attribute `uint8_rule`.
  static let recenterUInt8 = Pass("recenter-uint8") { graph, _ in
    let isUInt8 = graph.tensors.map { $0.dataType == .uint8 && $0.quantization != nil }
    guard isUInt8.contains(true) else { return }
    // Tensors that stay uint8 beside their re-centred form: those the caller sees, and operands of casts, which look at
    // codes and not at the numbers they stand for.
    var outside = Set(graph.inputs + graph.outputs)
    for node in graph.nodes where node.operatorName == "cast" {
      outside.formUnion(node.inputs.compactMap { $0 } + node.outputs)
    }
    var inside: [Int: Int] = [:]
    for tensor in graph.tensors.indices where isUInt8[tensor] {
      if outside.contains(tensor) {
        var twin = graph.tensors[tensor].recentered()
        twin.name += "/int8"
        inside[tensor] = graph.add(twin)
      } else {
        graph.tensors[tensor] = graph.tensors[tensor].recentered()
      }
    }

    let originals = Dictionary(uniqueKeysWithValues: inside.map { ($0.value, $0.key) })

    var nodes: [Graph.Node] = []
    func convert(_ from: Int, _ to: Int, _ source: Graph.Source?) {
      nodes.append(
        Graph.Node(
          "quantize", name: graph.tensors[to].name, inputs: [from], outputs: [to],
          source: source ?? Graph.Source(index: 0, operatorName: "QUANTIZE", inputs: [], outputs: [])))
    }
    let isRead = graph.inputs.map { input in graph.nodes.contains { $0.inputs.contains(input) } }
    for (input, isRead) in zip(graph.inputs, isRead) where isRead {
      if let twin = inside[input] { convert(input, twin, nil) }
    }
    for var node in graph.nodes {
      let isCast = node.operatorName == "cast"
      if uint8Rules.contains(node.operatorName), node.touches(isUInt8) {
        node.attributes.set(Attribute("uint8_rule", ints: [1]))
      }
      if !isCast {
        node.inputs = node.inputs.map { $0.map { inside[$0] ?? $0 } }
        node.outputs = node.outputs.map { inside[$0] ?? $0 }
      }
      nodes.append(node)
      for output in node.outputs {
        if isCast, let twin = inside[output] { convert(output, twin, node.source) }
        if !isCast, let original = originals[output] { convert(output, original, node.source) }
      }
    }
    graph.nodes = nodes
  }

  /// Operators whose uint8 reference kernels compute something else than the int8 ones on re-centred codes.
  private static let uint8Rules: Set<String> = [
    "average_pool_2d", "l2_normalization", "resize_bilinear", "concatenation", "sum", "conv_2d", "depthwise_conv_2d",
    "transpose_conv",
  ]
}

extension Graph.Node {
  fileprivate func touches(_ isMarked: [Bool]) -> Bool {
    outputs.contains { isMarked[$0] } || inputs.contains { $0.map { isMarked[$0] } ?? false }
  }
}

extension Graph.Tensor {
  /// The same real numbers in int8. A constant's codes change with it.
  func recentered() -> Graph.Tensor {
    var tensor = self
    tensor.dataType = .int8
    tensor.quantization?.zeroPoints = quantization?.zeroPoints.map { $0 - 128 } ?? []
    tensor.data = data.map { $0.map { $0 ^ 0x80 } }
    return tensor
  }
}
