import EdgeTensor

/// What a network's layers with weights cost to run.
struct LayerCost: Equatable {
  /// Products of the mathematical definition.
  var macs = 0
  /// Products as the kernels make them: 16 output channels at once, 4 inputs of a kernel row in one instruction.
  var kernelMacs = 0

  init(_ graph: Graph) {
    for node in graph.nodes {
      guard let form = WeightForm.byOperator[node.operatorName],
        let weights = graph.input(form.weightsOperand, of: node)?.shape,
        let x = graph.input(form.xOperand, of: node)?.shape, let y = graph.tensors[node.outputs[0]].shape
      else { continue }
      func padded(_ count: Int, _ step: Int) -> Int { (count + step - 1) / step * step }
      switch node.operatorName {
      case "conv_2d", "fully_connected":
        let positions = y.elementCount / max(weights[0], 1)
        let (rows, rowDepth) = weights.rank == 4 ? (weights[1], weights[2] * weights[3]) : (1, weights[1])
        macs += positions * weights.elementCount
        kernelMacs += positions * padded(weights[0], 16) * rows * padded(rowDepth, 4)
      case "depthwise_conv_2d":
        let taps = weights[1] * weights[2]
        macs += y.elementCount * taps
        kernelMacs += y.elementCount / max(weights[3], 1) * padded(weights[3], 16) * taps
      default:
        let products = x.elementCount * weights.elementCount / max(x.dimensions.last ?? 1, 1)
        macs += products
        kernelMacs += products
      }
    }
  }
}
