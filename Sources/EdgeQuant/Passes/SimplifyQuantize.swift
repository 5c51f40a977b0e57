import EdgeTensor

extension Pass {
  /// Removes `quantize` nodes that change nothing, and lets a `quantize` that follows an exact change of type (uint8 to int8
  /// with the zero point moved by 128) read the original: no byte of any later tensor changes.
  static let simplifyQuantize = Pass("simplify-quantize") { graph, _ in
    var exactSource: [Int: Int] = [:]
    var identical: [Int: Int] = [:]
    var kept: [Graph.Node] = []
    for var node in graph.nodes {
      node.inputs = node.inputs.map { $0.map { identical[$0] ?? $0 } }
      guard node.operatorName == "quantize", node.inputs.count == 1, let input = node.inputs[0],
        let output = node.outputs.first, graph.tensors[output].dataType == .int8
      else {
        kept.append(node)
        continue
      }
      let (from, to) = (graph.tensors[input], graph.tensors[output])
      if from.dataType == .int8, from.quantization == to.quantization, !graph.outputs.contains(output) {
        identical[output] = input
        continue
      }
      if from.dataType == .uint8, from.recentered().quantization == to.quantization { exactSource[output] = input }
      if let source = exactSource[input] { node.inputs[0] = source }
      kept.append(node)
    }
    graph.nodes = kept
  }
}
