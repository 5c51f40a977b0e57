import EdgeModel
import EdgeTensor

extension Pass {
  /// Makes a depthwise convolution of one pixel out of a product with and a sum of constants, one for each channel, that no layer beside
  /// them could take in, such as a batch normalization behind a concatenation or an addition. One operator then does the work of two, and
  /// its int8 form has a scale for each channel.
  static let composeAffine = Pass("compose-affine") { graph, _ in
    graph.rewrite { graph, index, links in graph.composeAffine(index, links) }
  }
}

extension Graph {
  fileprivate mutating func composeAffine(_ index: Int, _ links: Links) -> Bool {
    guard nodes[index].operatorName == "mul", nodes[index].hasNoActivation,
      let (x, factors) = channelConstants(index), let channelCount = tensors[x].shape?.dimensions.last,
      let sum = links.soleReader(of: nodes[index].outputs[0]), nodes[sum].operatorName == "add",
      let (product, offsets) = channelConstants(sum), product == nodes[index].outputs[0]
    else { return false }
    let name = nodes[sum].name
    let weights = addConstant(name + "/factors", .float32, [1, 1, 1, channelCount], factors)
    let bias = addConstant(name + "/offsets", .float32, [channelCount], offsets)
    var attributes = [Attribute("padding", text: "valid")]
    attributes += ["stride_h", "stride_w", "dilation_h", "dilation_w", "depth_multiplier"].map {
      Attribute($0, ints: [1])
    }
    attributes += nodes[sum].attributes.entries.filter { $0.key == "activation" }
    nodes[sum] = Node(
      "depthwise_conv_2d", name: name, inputs: [x, weights, bias], outputs: nodes[sum].outputs,
      attributes: Attributes(attributes), source: nodes[sum].source)
    nodes.remove(at: index)
    return true
  }

  /// The activation, NHWC, and one finite number for each of its channels that a node joins it with.
  private func channelConstants(_ index: Int) -> (x: Int, values: [Float])? {
    let node = nodes[index]
    guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1],
      tensors[a].isConstant != tensors[b].isConstant
    else { return nil }
    let (x, constant) = tensors[a].isConstant ? (b, a) : (a, b)
    guard let shape = tensors[x].shape, shape.rank == 4, tensors[node.outputs[0]].shape == shape,
      tensors[x].dataType == .float32, tensors[constant].dataType == .float32, let channelCount = shape.dimensions.last,
      channelCount > 1, let extents = tensors[constant].shape?.dimensions, extents.last == channelCount,
      tensors[constant].shape?.elementCount == channelCount
    else { return nil }
    let values = tensors[constant].values(as: Float.self)
    return values.allSatisfy { $0.isFinite } ? (x, values) : nil
  }
}
