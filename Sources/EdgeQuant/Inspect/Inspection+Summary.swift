extension Inspection {
  /// What matters of a node's attributes, in a few words: `3x3, stride 2, same, relu`.
  public func summary(of node: Node) -> String {
    var words: [String] = []
    if let kernel = kernel(of: node) { words.append(kernel) }
    for (key, value) in node.attributes where !Inspection.isUsual(key, value) {
      switch key {
      case "padding", "activation", "mode", "auto_pad": words.append(value)
      case "stride_h": words.append("stride \(Inspection.pair(node, "stride_h", "stride_w"))")
      case "stride_w": if node.value("stride_h") == "1" { words.append("stride 1x\(value)") }
      case "dilation_h": words.append("dilation \(Inspection.pair(node, "dilation_h", "dilation_w"))")
      case "dilation_w": if node.value("dilation_h") == "1" { words.append("dilation 1x\(value)") }
      case "kernel_shape": words.insert(Inspection.joined(value), at: 0)
      case "strides": words.append("stride \(Inspection.joined(value, mergesEquals: true))")
      case "dilations": words.append("dilation \(Inspection.joined(value, mergesEquals: true))")
      case "pads": words.append("pads \(Inspection.joined(value, mergesEquals: true))")
      default: words.append("\(key) \(value)")
      }
    }
    return words.joined(separator: ", ")
  }

  /// Height and width of a window.
  private func kernel(of node: Node) -> String? {
    if let height = node.value("filter_h"), let width = node.value("filter_w") { return "\(height)x\(width)" }
    guard format != .onnx,
      node.operatorName.lowercased().hasSuffix("conv") || node.operatorName.lowercased().hasSuffix("conv_2d"),
      node.inputs.count > 1, let weights = node.inputs[1].flatMap({ tensors[$0].shape }), weights.rank == 4
    else { return nil }
    return "\(weights[1])x\(weights[2])"
  }

  private static func pair(_ node: Node, _ first: String, _ second: String) -> String {
    let (first, second) = (node.value(first) ?? "1", node.value(second) ?? "1")
    return first == second ? first : "\(first)x\(second)"
  }

  /// `[3, 5]` as `3x5`.
  private static func joined(_ list: String, mergesEquals: Bool = false) -> String {
    let numbers = list.split { !"-0123456789".contains($0) }
    return mergesEquals && Set(numbers).count == 1 ? "\(numbers[0])" : numbers.joined(separator: "x")
  }

  /// Whether an attribute says what is to be expected, or what only kernels care for.
  private static func isUsual(_ key: String, _ value: String) -> Bool {
    switch key {
    case "stride_h", "stride_w", "dilation_h", "dilation_w", "group", "depth_multiplier", "beta":
      value == "1" || value == "1.0"
    case "strides", "dilations": value.allSatisfy { "[]1, ".contains($0) }
    case "activation": value == "none"
    case "auto_pad": value == "NOTSET"
    case "pads": value.allSatisfy { "[]0, ".contains($0) }
    case "filter_h", "filter_w", "accumulator_bound", "weights_include_minus_128": true
    default: value == "0"
    }
  }
}

extension Inspection.Node {
  func value(_ key: String) -> String? { attributes.first { $0.key == key }?.value }
}
