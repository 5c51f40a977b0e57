import EdgeModel
import EdgeTensor

extension Pass {
  /// The reverse of `tabulateActivations` and `lowerChannelScales`: activation functions without their table, and scales that differ by
  /// channel in the quantized tensor alone. Attributes that the runtime may do without are written out.
  static let raiseOperands = Pass("raise-operands") { graph, _ in
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      switch node.operatorName {
      case "logistic", "tanh", "elu", "exp", "gelu":
        graph.nodes[index].inputs = Array(node.inputs.prefix(1))
      case "quantize" where node.inputs.count == 3:
        graph.raiseChannelScales(index, of: node.outputs[0])
      case "dequantize" where node.inputs.count == 3:
        if let quantized = node.inputs[0] { graph.raiseChannelScales(index, of: quantized) }
      case "softmax" where node.attributes.float("beta") == nil:
        graph.nodes[index].attributes.set(Attribute("beta", floats: [1]))
      case "depthwise_conv_2d":
        guard let x = graph.input(0, of: node)?.shape, let weights = graph.input(1, of: node)?.shape else { continue }
        graph.setInt("depth_multiplier", weights[3] / max(x[3], 1), index)
      case "split", "split_v": graph.setInt("num_splits", node.outputs.count, index)
      case "pack": graph.setInt("values_count", node.inputs.count, index)
      case "unpack": graph.setInt("num", node.outputs.count, index)
      default: break
      }
    }
  }
}

extension Graph {
  fileprivate mutating func setInt(_ key: String, _ value: Int, _ index: Int) {
    nodes[index].attributes.set(Attribute(key, ints: [Int64(value)]))
  }

  fileprivate mutating func raiseChannelScales(_ index: Int, of tensor: Int) {
    let node = nodes[index]
    guard let scales = input(1, of: node), let zeroPoints = input(2, of: node) else { return }
    tensors[tensor].quantization = Quantization(
      scales: scales.values(as: Float.self), zeroPoints: zeroPoints.values(as: Int32.self),
      axis: node.attributes.int("axis") ?? 0)
    nodes[index].inputs = [node.inputs[0]]
  }
}
