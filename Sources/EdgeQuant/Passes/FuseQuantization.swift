import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Pass {
  /// Turns `dequantize`, a float32 operator and `quantize` into the operator on codes, with an int32 bias: how ONNX writes a quantized
  /// network. Every operator gives the codes of the three within 1; where TensorFlow Lite's constraints (equal scales, fixed scales) would
  /// be broken a `quantize` between codes mends them, and where that could cost more than 1 the operator stays float32.
  ///
  /// Not for TensorFlow Lite files: those say with the same three that float32 is meant. uint8 has become int8 before.
  static let fuseQuantization = Pass("fuse-quantization") { graph, report in
    graph.rewrite { graph, index, links in
      graph.skipDequantize(index, links) || graph.fuseQuantization(index, links)
    }
    let links = graph.links
    let kept = graph.nodes.indices.filter { graph.quantizedNeighbors(of: $0, links) != nil }
      .map { graph.nodes[$0] }
    guard !kept.isEmpty else { return }
    report.note(
      "\(kept.count) operators between DequantizeLinear and QuantizeLinear stay float32: "
        + kept.map { "\($0.operatorName) \"\($0.name)\"" }.joined(separator: ", "))
  }
}

/// What an operator demands of the scales of its 8-bit operands.
enum ScaleRule {
  /// Weights with zero point 0 where there is a scale for each channel, and an int32 bias.
  case weights
  /// Nothing.
  case free
  /// The output has x's: codes are moved or compared. Another scale is made of the result.
  case same
  /// The same, but results lie between codes, so that rounding twice costs 1 at most only if the second step is not much finer.
  case sameAverage
  /// All inputs have the output's; others are made to.
  case joined
  /// The output's is given by the operator.
  case fixed(QuantParams)

  static let byOperator: [String: ScaleRule] = {
    var rules: [String: ScaleRule] = [
      "average_pool_2d": .sameAverage, "resize_bilinear": .sameAverage,
      "concatenation": .joined, "maximum": .joined, "minimum": .joined, "pack": .joined,
      "logistic": .fixed(QuantParams(scale: 1 / 256, zeroPoint: -128)),
      "softmax": .fixed(QuantParams(scale: 1 / 256, zeroPoint: -128)),
      "log_softmax": .fixed(QuantParams(scale: 1 / 16, zeroPoint: 127)),
      "l2_normalization": .fixed(QuantParams(scale: 1 / 128, zeroPoint: 0)),
    ]
    for name in WeightForm.byOperator.keys { rules[name] = .weights }
    for name in [
      "add", "sub", "mul", "relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "leaky_relu", "hard_swish", "prelu", "tanh",
      "elu", "gelu", "swish", "mean", "batch_matmul", "squared_difference",
    ] { rules[name] = .free }
    for name in [
      "reshape", "squeeze", "expand_dims", "transpose", "slice", "strided_slice", "split", "split_v", "gather",
      "gather_nd", "depth_to_space", "space_to_depth", "resize_nearest_neighbor", "max_pool_2d", "reduce_max",
      "reduce_min",
      "pad", "padv2", "mirror_pad", "broadcast_to", "unpack",
    ] { rules[name] = .same }
    return rules
  }()

  /// Which operands hold codes.
  static func dataOperands(_ node: Graph.Node) -> [Int] {
    switch node.operatorName {
    case "add", "sub", "mul", "maximum", "minimum", "prelu", "batch_matmul", "squared_difference": [0, 1]
    case "concatenation", "pack": Array(node.inputs.indices)
    case "split": [1]
    default: [0]
    }
  }
}

extension Graph {
  /// A float32 operator's `quantize` nodes, by output.
  struct QuantizedNeighbors {
    /// For each output, the nodes that quantize it, all alike.
    let readers: [[Int]]
  }

  /// nil if the node reads anything that is no `dequantize`d or constant tensor, or if anything but one kind of `quantize` reads an
  /// output.
  func quantizedNeighbors(of index: Int, _ links: Links) -> QuantizedNeighbors? {
    let node = nodes[index]
    guard let rule = ScaleRule.byOperator[node.operatorName], !node.outputs.isEmpty else { return nil }
    var operands = ScaleRule.dataOperands(node)
    if case .weights = rule, let form = WeightForm.byOperator[node.operatorName] { operands = [form.xOperand] }
    var hasActivation = false
    for operand in operands {
      guard operand < node.inputs.count, let input = node.inputs[operand] else { return nil }
      if let codes = codes(of: input, links) {
        if !tensors[codes].isConstant { hasActivation = true }
      } else if scalar(input) == nil {
        return nil
      }
    }
    var readers: [[Int]] = []
    for output in node.outputs {
      guard tensors[output].dataType == .float32, !links.isOutput[output] else { return nil }
      let nodes = links.readers[output]
      guard let first = nodes.first, let target = self.nodes[first].outputs.first,
        nodes.allSatisfy({
          self.nodes[$0].operatorName == "quantize" && tensors[self.nodes[$0].outputs[0]].isAlike(tensors[target])
        }), tensors[target].dataType == .int8, tensors[target].singleQuantization != nil
      else { return nil }
      readers.append(nodes)
    }
    return hasActivation ? QuantizedNeighbors(readers: readers) : nil
  }

  /// The int8 tensor that a `dequantize` makes a float32 one of.
  func codes(of tensor: Int, _ links: Links) -> Int? {
    guard let producer = links.producer[tensor], nodes[producer].operatorName == "dequantize",
      let codes = nodes[producer].inputs[0], tensors[codes].dataType == .int8, tensors[codes].quantization != nil
    else { return nil }
    return codes
  }

  /// `quantize` of a `dequantize` changes the scale of codes, or nothing.
  fileprivate mutating func skipDequantize(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard node.operatorName == "quantize", let input = node.inputs[0] else { return false }
    guard let codes = codes(of: input, links), tensors[codes].singleQuantization != nil,
      let output = node.outputs.first, tensors[output].singleQuantization != nil
    else { return false }
    if tensors[codes].isAlike(tensors[output]), !links.isOutput[output] {
      replaceInput(output, by: codes)
      nodes.remove(at: index)
    } else {
      nodes[index].inputs = [codes]
    }
    return true
  }

  fileprivate mutating func fuseQuantization(_ index: Int, _ links: Links) -> Bool {
    guard let neighbors = quantizedNeighbors(of: index, links),
      var rule = ScaleRule.byOperator[nodes[index].operatorName]
    else { return false }
    var builder = QuantizedNode(graph: self, node: nodes[index])
    let targets = neighbors.readers.map { nodes[$0[0]].outputs[0] }
    if case .weights = rule {
      guard builder.setWeights(links, output: tensors[targets[0]]) else { return false }
    } else {
      for operand in ScaleRule.dataOperands(nodes[index]) {
        guard let input = nodes[index].inputs[operand],
          builder.setOperand(operand, codes(of: input, links), scalar(input))
        else { return false }
      }
      if case .sameAverage = rule, builder.becomesMean(target: tensors[targets[0]]) { rule = .free }
      guard builder.apply(rule, targets) else { return false }
    }
    if case .weights = rule { builder.node.outputs = targets }
    guard builder.isExecutable else { return false }

    self = builder.graph
    let gone = Set(neighbors.readers.flatMap { $0 })
    for (quantizers, target) in zip(neighbors.readers, targets) {
      for quantizer in quantizers.dropFirst() {
        let duplicate = nodes[quantizer].outputs[0]
        replaceInput(duplicate, by: target)
        outputs = outputs.map { $0 == duplicate ? target : $0 }
      }
    }
    let replacement = builder.before + [builder.node] + builder.after
    nodes = nodes.enumerated().flatMap { position, node in
      position == index ? replacement : gone.contains(position) ? [] : [node]
    }
    return true
  }
}

extension Graph.Tensor {
  /// Whether codes of both mean the same.
  func isAlike(_ other: Graph.Tensor) -> Bool { dataType == other.dataType && quantization == other.quantization }

  /// The code of a real number, limited to int8; ties away from zero.
  func code(of value: Float) -> Int8? {
    guard let quantization = singleQuantization, value.isFinite else { return nil }
    let code = (value / quantization.scale).rounded(.toNearestOrAwayFromZero) + Float(quantization.zeroPoint)
    return Int8(min(max(code, -128), 127))
  }
}
