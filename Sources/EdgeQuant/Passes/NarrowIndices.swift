import EdgeTensor

extension Pass {
  /// Makes the int64 constants int32 that shapes, axes and positions are written with: TensorFlow Lite wants most of them so.
  static let narrowIndices = Pass("narrow-indices") { graph, _ in
    var narrow: [Int: Int] = [:]
    for index in graph.nodes.indices {
      for operand in indexOperands[graph.nodes[index].operatorName] ?? [] {
        guard operand < graph.nodes[index].inputs.count, let input = graph.nodes[index].inputs[operand],
          graph.tensors[input].dataType == .int64, graph.tensors[input].isConstant
        else { continue }
        if narrow[input] == nil {
          var tensor = graph.tensors[input]
          tensor.dataType = .int32
          tensor.data = Graph.Tensor.bytes(of: tensor.values(as: Int64.self).map { Int32(clamping: $0) })
          narrow[input] = graph.add(tensor)
        }
        graph.nodes[index].inputs[operand] = narrow[input]
      }
    }
  }

  /// By operator: the operands that are not data.
  private static let indexOperands: [String: [Int]] = [
    "reshape": [1], "transpose": [1], "mean": [1], "sum": [1], "reduce_max": [1], "reduce_min": [1], "pad": [1],
    "padv2": [1], "mirror_pad": [1], "slice": [1, 2], "strided_slice": [1, 2, 3], "expand_dims": [1], "split": [0],
    "split_v": [1, 2], "arg_max": [1], "arg_min": [1], "broadcast_to": [1], "resize_bilinear": [1],
    "resize_nearest_neighbor": [1], "transpose_conv": [0],
  ]
}
