import EdgeKernels
import EdgeTensor

extension WeightLowering {
  func lowerFloat(
    _ node: inout Graph.Node, _ graph: inout Graph, _ packed: inout [PackedKey: Int]
  ) throws(Refusal) {
    if let bias, bias.dataType != .float32 { throw Refusal("the bias is \(bias.dataType); needs float32") }
    if form.layoutF32 != .rowMajor {
      node.inputs[form.weightsOperand] = addPacked(form.layoutF32, &graph, &packed) {
        Graph.Tensor.bytes(of: PackedWeights.o16(matrix(as: Float.self), outputs: channelCount, depth: depth))
      }
    }
    guard bias == nil else { return }
    let zeros = graph.add(
      Graph.Tensor(
        name: weights.name + "/bias", dataType: .float32, shape: Shape([channelCount]),
        data: [UInt8](repeating: 0, count: channelCount * 4)))
    node.inputs = Array(node.inputs.prefix(form.biasOperand)) + [zeros]
  }
}
