import EdgeTensor

extension Pass {
  /// Makes float what a float computation uses: DEQUANTIZE of a constant becomes a float constant, and 8-bit weights beside
  /// float activations ("hybrid" or dynamic-range models) are dequantized.
  static let dequantizeConstants = Pass("dequantize-constants") { graph, report in
    var replacements: [Int: Int] = [:]
    var kept: [Graph.Node] = []
    for node in graph.nodes {
      guard node.operatorName == "dequantize", node.inputs.count == 1, let output = node.outputs.first,
        !graph.outputs.contains(output), let input = node.inputs[0], graph.tensors[input].isConstant
      else {
        kept.append(node)
        continue
      }
      // float16 constants are float32 already.
      if graph.tensors[input].dataType == .float32 {
        replacements[output] = input
      } else if let float = graph.addDequantized(input) {
        replacements[output] = float
      } else {
        kept.append(node)
      }
    }
    graph.nodes = kept
    for (tensor, replacement) in replacements { graph.replaceInput(tensor, by: replacement) }

    var dequantized: [Int: Int] = [:]
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let operands = weightOperands[node.operatorName], let first = node.outputs.first,
        graph.tensors[first].dataType == .float32
      else { continue }
      for operand in operands where operand < node.inputs.count {
        guard let weights = node.inputs[operand], [.int8, .uint8].contains(graph.tensors[weights].dataType),
          let float = dequantized[weights] ?? graph.addDequantized(weights)
        else { continue }
        dequantized[weights] = float
        graph.nodes[index].inputs[operand] = float
      }
    }
    if !dequantized.isEmpty {
      report.note(
        "dynamic-range model: the 8-bit weights of \(dequantized.count) tensors are dequantized, computation is float32"
      )
    }
  }

  /// Which inputs may be 8-bit constants while the activations are float.
  private static let weightOperands: [String: [Int]] = [
    "conv_2d": [1], "depthwise_conv_2d": [1], "fully_connected": [1], "transpose_conv": [1], "batch_matmul": [0, 1],
  ]
}

extension Graph {
  /// Adds the float32 form of a quantized constant; nil if `tensor` is not one.
  mutating func addDequantized(_ tensor: Int) -> Int? {
    guard let values = tensors[tensor].dequantized() else { return nil }
    return add(
      Tensor(
        name: tensors[tensor].name + "/float", dataType: .float32, shape: tensors[tensor].shape,
        data: Tensor.bytes(of: values)))
  }
}
