import EdgeModel
import EdgeTensor

extension Pass {
  /// Folds products with and sums of constants, one for each channel, into the weights and bias of the convolution or dense layer
  /// before them, or, where nothing is padded in between, after them. What importers make of a batch normalization disappears so.
  static let foldBatchNorm = Pass("fold-batch-norm") { graph, _ in
    graph.rewrite { graph, index, links in
      guard let affine = graph.affine(at: index, links) else { return false }
      return graph.foldBackward(affine, index, links) || graph.foldForward(affine, index, links)
    }
  }
}

/// `y = scale · x + offset`, one of each for every channel or one for all.
private struct ChannelAffine {
  let x: Int
  var scale: [Double] = [1]
  var offset: [Double] = [0]
  /// Channels; 1 if scale and offset are the same for all, however many there are.
  var count: Int { max(scale.count, offset.count) }
  var isShiftOnly: Bool { scale == [1] }

  func scale(_ channel: Int) -> Double { scale.count == 1 ? scale[0] : scale[channel] }
  func offset(_ channel: Int) -> Double { offset.count == 1 ? offset[0] : offset[channel] }
}

extension Graph {
  /// A float constant, or codes of constants that a `dequantize` makes one.
  func knownValues(_ tensor: Int, _ links: Links) -> [Float]? {
    if tensors[tensor].isConstant {
      return tensors[tensor].dataType == .float32 ? tensors[tensor].values(as: Float.self) : nil
    }
    guard let producer = links.producer[tensor], nodes[producer].operatorName == "dequantize",
      let codes = nodes[producer].inputs[0]
    else { return nil }
    return tensors[codes].dequantized()
  }

  /// What a node of two float operands, one of them constant, does to the channels of the other.
  fileprivate func affine(at index: Int, _ links: Links) -> ChannelAffine? {
    let node = nodes[index]
    guard ["mul", "add", "sub", "div"].contains(node.operatorName), node.inputs.count == 2, let a = node.inputs[0],
      let b = node.inputs[1], let output = node.outputs.first, tensors[output].dataType == .float32
    else { return nil }
    let (first, second) = (knownValues(a, links), knownValues(b, links))
    let isReversed = second == nil
    guard (first == nil) != (second == nil), let values = first ?? second else { return nil }
    let (x, constant) = isReversed ? (b, a) : (a, b)
    guard let shape = tensors[x].shape, shape.rank > 0, tensors[output].shape == shape,
      let extents = tensors[constant].shape?.dimensions, extents.count <= shape.rank,
      values.allSatisfy({ $0.isFinite }),
      values.count == 1 || (values.count == extents.last && values.count == shape.dimensions.last)
    else { return nil }
    let numbers = values.map { Double($0) }
    switch (node.operatorName, isReversed) {
    case ("mul", _): return ChannelAffine(x: x, scale: numbers)
    case ("div", false): return numbers.contains(0) ? nil : ChannelAffine(x: x, scale: numbers.map { 1 / $0 })
    case ("add", _): return ChannelAffine(x: x, offset: numbers)
    case ("sub", false): return ChannelAffine(x: x, offset: numbers.map { -$0 })
    case ("sub", true): return ChannelAffine(x: x, scale: [-1], offset: numbers)
    default: return nil
    }
  }

  /// Into the layer that writes x.
  fileprivate mutating func foldBackward(_ affine: ChannelAffine, _ index: Int, _ links: Links) -> Bool {
    guard let producer = links.producer[affine.x], links.soleReader(of: affine.x) == index,
      let form = WeightForm.byOperator[nodes[producer].operatorName], nodes[producer].hasNoActivation,
      let weights = nodes[producer].inputs[form.weightsOperand], let shape = tensors[weights].shape,
      shape.rank == form.rank
    else { return false }
    let channelCount = shape[form.channelAxis]
    guard affine.count == 1 || affine.count == channelCount, tensors[affine.x].shape?.dimensions.last == channelCount,
      let bias = bias(of: nodes[producer], form, channelCount, links)
    else { return false }
    if !affine.isShiftOnly {
      guard tensors[weights].isConstant, tensors[weights].dataType == .float32 else { return false }
      let channel = tensors[weights].channelOfElement(axis: form.channelAxis)
      let values = tensors[weights].values(as: Float.self).enumerated().map { index, value in
        Float(Double(value) * affine.scale(channel(index)))
      }
      nodes[producer].inputs[form.weightsOperand] = addFolded(weights, values)
    }
    let sums = bias.enumerated().map { Float($0.element * affine.scale($0.offset) + affine.offset($0.offset)) }
    setBias(of: producer, form, sums)
    nodes[producer].outputs = nodes[index].outputs
    if let activation = nodes[index].attributes.entries.first(where: { $0.key == "activation" }) {
      nodes[producer].attributes.set(activation)
    }
    nodes.remove(at: index)
    return true
  }

  /// Into the layer that reads the result.
  fileprivate mutating func foldForward(_ affine: ChannelAffine, _ index: Int, _ links: Links) -> Bool {
    let output = nodes[index].outputs[0]
    guard nodes[index].hasNoActivation, let reader = links.soleReader(of: output),
      let form = WeightForm.byOperator[nodes[reader].operatorName], nodes[reader].operatorName != "transpose_conv",
      nodes[reader].inputs[form.xOperand] == output, let weights = nodes[reader].inputs[form.weightsOperand],
      tensors[weights].isConstant, tensors[weights].dataType == .float32, let shape = tensors[weights].shape,
      shape.rank == form.rank, let inChannels = tensors[output].shape?.dimensions.last,
      inChannels > 0, shape.elementCount > 0
    else { return false }
    let channelCount = shape[form.channelAxis]
    let isShifted = affine.offset != [0]
    guard !isShifted || form.rank == 2 || nodes[reader].padsNothing(shape),
      let bias = bias(of: nodes[reader], form, channelCount, links)
    else { return false }
    // Which input channel an element of the weights meets.
    let source: (Int) -> Int
    switch nodes[reader].operatorName {
    case "depthwise_conv_2d":
      guard channelCount % inChannels == 0 else { return false }
      source = { $0 % channelCount / (channelCount / inChannels) }
    default:
      let own = shape.dimensions[form.rank - 1]
      guard own > 0, inChannels % own == 0, channelCount % (inChannels / own) == 0 else { return false }
      // A dense layer that flattens x has other columns than channels.
      guard form.rank == 4 || own == inChannels else { return false }
      let (depth, perGroup) = (shape.elementCount / channelCount, channelCount / (inChannels / own))
      source = { $0 / depth / perGroup * own + $0 % own }
    }
    let channel = tensors[weights].channelOfElement(axis: form.channelAxis)
    let values = tensors[weights].values(as: Float.self)
    var sums = bias
    for (index, value) in values.enumerated() { sums[channel(index)] += Double(value) * affine.offset(source(index)) }
    nodes[reader].inputs[form.weightsOperand] = addFolded(
      weights, values.enumerated().map { Float(Double($0.element) * affine.scale(source($0.offset))) })
    setBias(of: reader, form, sums.map { Float($0) })
    nodes[reader].inputs[form.xOperand] = affine.x
    nodes.remove(at: index)
    return true
  }

  /// nil if it is not known.
  private func bias(of node: Node, _ form: WeightForm, _ channelCount: Int, _ links: Links) -> [Double]? {
    guard node.inputs.count > form.biasOperand, let bias = node.inputs[form.biasOperand] else {
      return [Double](repeating: 0, count: channelCount)
    }
    guard let values = knownValues(bias, links), values.count == channelCount else { return nil }
    return values.map { Double($0) }
  }

  private mutating func setBias(of index: Int, _ form: WeightForm, _ values: [Float]) {
    let bias = addConstant(nodes[index].name + "/bias", .float32, [values.count], values)
    while nodes[index].inputs.count <= form.biasOperand { nodes[index].inputs.append(nil) }
    nodes[index].inputs[form.biasOperand] = bias
  }

  private mutating func addFolded(_ weights: Int, _ values: [Float]) -> Int {
    var tensor = tensors[weights]
    tensor.data = Tensor.bytes(of: values)
    return add(tensor)
  }
}

extension Graph.Node {
  /// Whether no activation is fused.
  var hasNoActivation: Bool {
    attributes.entries.first { $0.key == "activation" }.map { $0.text == "none" } ?? true
  }

  /// Whether a convolution with such weights has every window inside its input.
  fileprivate func padsNothing(_ weights: Shape) -> Bool {
    switch attributes.text("padding") {
    case "valid": true
    case "explicit": attributes.ints("pads")?.allSatisfy { $0 == 0 } ?? false
    default: weights[1] == 1 && weights[2] == 1
    }
  }
}
