import EdgeModel
import EdgeTensor

extension Pass {
  /// Gives `quantize` and `dequantize` of a tensor whose scales differ by channel those scales as inputs, float32 `[C]`, and its zero
  /// points, int32 `[C]`.
  static let lowerChannelScales = Pass("lower-channel-scales") { graph, _ in
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard node.inputs.count == 1, let input = node.inputs[0], let output = node.outputs.first else { continue }
      let quantized: Graph.Tensor
      switch node.operatorName {
      case "quantize": quantized = graph.tensors[output]
      case "dequantize": quantized = graph.tensors[input]
      default: continue
      }
      guard let quantization = quantized.quantization, quantization.isPerChannel else { continue }
      let shape = Shape([quantization.scales.count])
      let scales = graph.add(
        Graph.Tensor(
          name: quantized.name + "/scales", dataType: .float32, shape: shape,
          data: Graph.Tensor.bytes(of: quantization.scales)))
      let zeroPoints = graph.add(
        Graph.Tensor(
          name: quantized.name + "/zero_points", dataType: .int32, shape: shape,
          data: Graph.Tensor.bytes(of: quantization.zeroPoints)))
      graph.nodes[index].inputs += [scales, zeroPoints]
      graph.nodes[index].attributes.set(Attribute("axis", ints: [Int64(quantization.axis)]))
    }
  }
}
