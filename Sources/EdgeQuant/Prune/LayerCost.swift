import EdgeTensor

/// What a network's layers with weights cost to run.
struct LayerCost: Equatable {
  /// Products of the mathematical definition.
  var macs = 0
  /// What running them takes, in products: the kernels compute 16 output channels at once, or a last 8 in the time of `half`, 4 inputs
  /// of a kernel row in one instruction, and an output takes as long as `productsPerOutput` beside its products.
  ///
  /// Measured on a 3x3 convolution of 32x32 pixels and 16 output channels (AVX-512 VNNI, `edgeinfer profile --ops`): 6.1 us from 16
  /// channels, 3.9 us from 8, as long for 12 outputs as for 16, and 3.6 us for 8 outputs.
  var time = 0

  private static let productsPerOutput = 100
  /// Of a block of 16 output channels that has at most 8.
  private static let half = 10

  init(_ graph: Graph) {
    for node in graph.nodes {
      guard let form = WeightForm.byOperator[node.operatorName],
        let weights = graph.input(form.weightsOperand, of: node)?.shape,
        let y = graph.tensors[node.outputs[0]].shape
      else { continue }
      macs += graph.macs(node) ?? 0
      func padded(_ count: Int, _ step: Int) -> Int { (count + step - 1) / step * step }
      func channels(_ count: Int) -> Int {
        (1...8).contains(count % 16) ? count / 16 * 16 + LayerCost.half : padded(count, 16)
      }
      switch node.operatorName {
      case "conv_2d", "fully_connected":
        let positions = y.elementCount / max(weights[0], 1)
        let (rows, rowDepth) = weights.rank == 4 ? (weights[1], weights[2] * weights[3]) : (1, weights[1])
        time += positions * channels(weights[0]) * (rows * padded(rowDepth, 4) + LayerCost.productsPerOutput)
      case "depthwise_conv_2d":
        let taps = weights[1] * weights[2]
        time +=
          y.elementCount / max(weights[3], 1) * padded(weights[3], 16) * (taps + LayerCost.productsPerOutput)
      default:
        time += graph.macs(node) ?? 0
      }
    }
  }
}
