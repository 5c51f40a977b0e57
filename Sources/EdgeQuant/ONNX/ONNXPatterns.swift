import EdgeTensor

/// Formulas that exporters write out and the runtime has as one operator: GELU as `x · 0.5 · (1 + erf(x / √2))`, in the orders that
/// occur. Every other operator is imported on its own.
struct ONNXPatterns {
  /// By node: the input of the GELU that its last product becomes.
  private(set) var gelu: [Int: String] = [:]
  /// Nodes that are part of one, which nothing else reads.
  private(set) var absorbed: Set<Int> = []

  init(_ file: ONNXFile) {
    guard file.graph.node.contains(where: { $0.opType == "Erf" }) else { return }
    let finder = PatternFinder(file)
    for (index, node) in file.graph.node.enumerated() where node.opType == "Erf" {
      guard let match = finder.gelu(around: index) else { continue }
      gelu[match.last] = match.input
      absorbed.formUnion(match.inner)
    }
  }

  /// The node that stands for a product that ends a GELU.
  func replacement(_ node: ONNX_NodeProto, _ index: Int) -> ONNX_NodeProto {
    guard let input = gelu[index] else { return node }
    var replacement = ONNX_NodeProto()
    replacement.opType = "Gelu"
    replacement.name = node.name
    replacement.input = [input]
    replacement.output = node.output
    return replacement
  }
}

/// Who writes and who reads each tensor.
private struct PatternFinder {
  let file: ONNXFile
  private var producers: [String: Int] = [:]
  /// Readers; a model output counts as two, so that it is never only part of something.
  private var readers: [String: [Int]] = [:]
  private var constants: [String: ONNX_TensorProto] = [:]

  init(_ file: ONNXFile) {
    self.file = file
    for (index, node) in file.graph.node.enumerated() {
      for name in node.output { producers[name] = index }
      for name in node.input { readers[name, default: []].append(index) }
      if node.opType == "Constant", let name = node.output.first,
        let value = node.attribute.first(where: { $0.name == "value" })
      {
        constants[name] = value.t
      }
    }
    for output in file.graph.output { readers[output.name, default: []] += [-1, -1] }
    for tensor in file.graph.initializer { constants[tensor.name] = tensor }
  }

  private func node(_ index: Int) -> ONNX_NodeProto { file.graph.node[index] }

  /// The one node that reads the result of another.
  private func onlyReader(_ index: Int, _ opType: String) -> Int? {
    guard let output = node(index).output.first, let readers = readers[output], readers.count == 1, readers[0] >= 0,
      node(readers[0]).opType == opType
    else { return nil }
    return readers[0]
  }

  private func number(_ name: String) -> Float? {
    guard let proto = constants[name], let tensor = try? file.tensor(proto, name: name), tensor.dataType == .float32,
      tensor.shape?.elementCount == 1
    else { return nil }
    return tensor.values(as: Float.self)[0]
  }

  /// The operand that stands beside a number close to `value`.
  private func operand(_ index: Int, beside value: Float) -> String? {
    let inputs = node(index).input
    guard inputs.count == 2 else { return nil }
    for (first, second) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      if let number = number(second), abs(number - value) < 1e-4 { return first }
    }
    return nil
  }

  private func other(_ index: Int, than name: String) -> String? {
    let inputs = node(index).input
    guard inputs.count == 2, inputs.contains(name) else { return nil }
    return inputs[0] == name ? inputs[1] : inputs[0]
  }

  func gelu(around erf: Int) -> (last: Int, input: String, inner: [Int])? {
    guard let scaled = node(erf).input.first.flatMap({ producers[$0] }), onlyReader(scaled, "Erf") == erf else {
      return nil
    }
    let x: String?
    switch node(scaled).opType {
    case "Div":
      x =
        number(node(scaled).input.last ?? "").map { abs($0 - 1.414_213_5) < 1e-4 } == true ? node(scaled).input[0] : nil
    case "Mul": x = operand(scaled, beside: 0.707_106_77)
    default: x = nil
    }
    guard let x, let sum = onlyReader(erf, "Add"), operand(sum, beside: 1) != nil, let product = onlyReader(sum, "Mul"),
      let factor = other(product, than: node(sum).output[0])
    else { return nil }
    var inner = [scaled, erf, sum]
    // (x · 0.5) · (1 + erf)
    if let half = producers[factor], node(half).opType == "Mul", operand(half, beside: 0.5) == x,
      onlyReader(half, "Mul") == product
    {
      return (product, x, inner + [half])
    }
    // (x · (1 + erf)) · 0.5, or ((1 + erf) · 0.5) · x
    guard let last = onlyReader(product, "Mul") else { return nil }
    inner.append(product)
    if factor == x, operand(last, beside: 0.5) != nil { return (last, x, inner) }
    if operand(product, beside: 0.5) != nil, other(last, than: node(product).output[0]) == x { return (last, x, inner) }
    return nil
  }
}
