import EdgeTensor

/// What the int8 form of an operator asks of scales, by TensorFlow Lite's quantization specification.
struct QuantizationRule {
  enum Output {
    /// Free to choose.
    case own
    /// That of the data inputs: codes are moved, compared or averaged as they are.
    case shared
    case fixed(QuantParams)
  }

  enum Inputs {
    case at(Int)
    case all
  }

  let output: Output
  /// The operands that become int8; others (axes, shapes, indices) stay.
  let inputs: Inputs
  /// Scales of data inputs are at least this.
  var leastInputScale: Float = 0

  /// The operands of `node` that become int8.
  func dataInputs(of node: Graph.Node) -> [Int] {
    switch inputs {
    case .at(let index): node.inputs.indices.contains(index) ? [index] : []
    case .all: Array(node.inputs.indices)
    }
  }

  /// The operators with an int8 form; all others stay float32.
  static let byOperator: [String: QuantizationRule] = {
    var rules: [String: QuantizationRule] = [:]
    for (name, form) in WeightForm.byOperator { rules[name] = .init(output: .own, inputs: .at(form.xOperand)) }
    for name in ["add", "sub", "mul", "batch_matmul", "prelu", "squared_difference"] {
      rules[name] = .init(output: .own, inputs: .all)
    }
    for name in [
      "mean", "sum", "relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "leaky_relu", "hard_swish", "elu", "gelu", "swish",
    ] {
      rules[name] = .init(output: .own, inputs: .at(0))
    }
    for name in [
      "reshape", "squeeze", "expand_dims", "transpose", "max_pool_2d", "average_pool_2d", "split_v", "slice",
      "strided_slice", "pad", "mirror_pad", "resize_bilinear", "resize_nearest_neighbor", "gather", "gather_nd",
      "unpack", "reduce_max", "reduce_min", "space_to_depth", "depth_to_space", "broadcast_to",
    ] {
      rules[name] = .init(output: .shared, inputs: .at(0))
    }
    // TensorFlow Lite's SPLIT has its axis first.
    rules["split"] = .init(output: .shared, inputs: .at(1))
    for name in ["concatenation", "pack", "maximum", "minimum"] { rules[name] = .init(output: .shared, inputs: .all) }
    for (name, scale, zeroPoint) in [
      ("logistic", 1 / 256, -128), ("softmax", 1 / 256, -128), ("tanh", 1 / 128, 0), ("l2_normalization", 1 / 128, 0),
      ("log_softmax", 16 / 256, 127),
    ] as [(String, Float, Int32)] {
      rules[name] = .init(output: .fixed(QuantParams(scale: scale, zeroPoint: zeroPoint)), inputs: .at(0))
    }
    // Int8 softmax refuses steps of 2^-26 and less. Logits within 255 steps of 2^-20 give all classes the same code anyway.
    for name in ["softmax", "log_softmax"] { rules[name]?.leastInputScale = 0x1p-20 }
    return rules
  }()
}

extension Graph {
  /// The rule of a node that can become int8 as it stands, or nil.
  func quantizationRule(of node: Node) -> QuantizationRule? {
    guard let rule = QuantizationRule.byOperator[node.operatorName],
      node.outputs.allSatisfy({ tensors[$0].dataType == .float32 })
    else { return nil }
    for operand in rule.dataInputs(of: node) {
      guard let tensor = input(operand, of: node), tensor.dataType == .float32 else { return nil }
    }
    guard let form = WeightForm.byOperator[node.operatorName] else { return rule }
    for operand in [form.weightsOperand, form.biasOperand] {
      guard let tensor = input(operand, of: node) else {
        if operand == form.biasOperand { continue }
        return nil
      }
      guard tensor.isConstant, tensor.dataType == .float32, tensor.layout == .rowMajor else { return nil }
    }
    return rule
  }

  /// Activations that must have one scale, each set with the same number; tensors that are no float activation have nil.
  /// - Parameter isFloat: whether a node, by index, stays float.
  func scaleGroups(isFloat: (Int) -> Bool) -> [Int?] {
    var parent = tensors.indices.map { tensors[$0].dataType == .float32 && !tensors[$0].isConstant ? Int?($0) : nil }
    func root(_ tensor: Int) -> Int? {
      guard var tensor = parent[tensor] else { return nil }
      while let above = parent[tensor], above != tensor { tensor = above }
      return tensor
    }
    var fixed = Set<Int>()
    for (index, node) in nodes.enumerated() where !isFloat(index) {
      if case .fixed? = quantizationRule(of: node)?.output { fixed.formUnion(node.outputs) }
    }
    for (index, node) in nodes.enumerated() where !isFloat(index) {
      guard let rule = quantizationRule(of: node), case .shared = rule.output else { continue }
      let data = rule.dataInputs(of: node).compactMap { node.inputs[$0] } + node.outputs
      // A tensor of fixed scale keeps it; a node that wants another gets its input requantized.
      let joined = data.filter { !fixed.contains($0) }.compactMap(root)
      guard let first = joined.min() else { continue }
      for other in joined { parent[root(other)!] = first }
    }
    return tensors.indices.map(root)
  }
}
