import EdgeModel
import EdgeTensor

extension Pass {
  /// Recognizes what exporters write for rectifiers with slopes:
  ///
  /// | operator | written as |
  /// | --- | --- |
  /// | `prelu` | `max(x, 0) + c · min(x, 0)`, `max(x, 0) − c · max(−x, 0)`, `max(x, 0) + c · (x − |x|) / 2` |
  /// | `leaky_relu` | the same with one slope for all channels; `max(x, c · x)` with c in 0…1 |
  static let composeRectifiers = Pass("compose-rectifiers") { graph, _ in
    graph.rewrite { graph, index, links in
      graph.composeSum(index, links) || graph.composeMaximum(index, links)
    }
  }
}

/// `factors · min(x, 0)`.
private struct NegativePart {
  let x: Int
  var factors: [Float]
  /// Of the factors; one number fits every shape.
  var shape = Shape([])

  mutating func multiply(by constant: Graph.Tensor) -> Bool {
    let values = constant.values(as: Float.self)
    guard let constantShape = constant.shape else { return false }
    if values.count == 1 {
      factors = factors.map { $0 * values[0] }
    } else {
      guard factors.count == 1 else { return false }
      (factors, shape) = (values.map { $0 * factors[0] }, constantShape)
    }
    return true
  }
}

extension Graph {
  fileprivate mutating func composeSum(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard ["add", "sub"].contains(node.operatorName), node.hasNoActivation, node.inputs.count == 2,
      let a = node.inputs[0], let b = node.inputs[1], let output = node.outputs.first
    else { return false }
    for (positive, other) in node.operatorName == "add" ? [(a, b), (b, a)] : [(a, b)] {
      guard let x = positivePart(positive, links), var part = negativePart(other, links), part.x == x,
        tensors[output].shape == tensors[x].shape, tensors[output].dataType == .float32
      else { continue }
      if node.operatorName == "sub" { part.factors = part.factors.map { -$0 } }
      guard part.factors.allSatisfy({ $0.isFinite }) else { return false }
      if Set(part.factors).count == 1 {
        setLeakyRelu(index, x, part.factors[0])
      } else {
        let slopes = addConstant(node.name + "/slopes", .float32, part.shape.dimensions, part.factors)
        nodes[index].operatorName = "prelu"
        nodes[index].inputs = [x, slopes]
        nodes[index].attributes = Attributes()
      }
      return true
    }
    return false
  }

  fileprivate mutating func composeMaximum(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard node.operatorName == "maximum", node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else {
      return false
    }
    for (x, other) in [(a, b), (b, a)] {
      guard let slope = factor(other, of: x, links), (0...1).contains(slope), tensors[x].dataType == .float32 else {
        continue
      }
      setLeakyRelu(index, x, slope)
      return true
    }
    return false
  }

  private mutating func setLeakyRelu(_ index: Int, _ x: Int, _ slope: Float) {
    nodes[index].operatorName = "leaky_relu"
    nodes[index].inputs = [x]
    nodes[index].attributes = Attributes([Attribute("alpha", floats: [slope])])
  }

  /// x, where a tensor is `max(x, 0)`.
  private func positivePart(_ tensor: Int, _ links: Links) -> Int? {
    guard let producer = links.producer[tensor], let clamp = clamp(nodes[producer]),
      clamp.range == 0...Float.infinity
    else { return nil }
    return clamp.x
  }

  private func negativePart(_ tensor: Int, _ links: Links, depth: Int = 4) -> NegativePart? {
    guard depth > 0, let producer = links.producer[tensor] else { return nil }
    let node = nodes[producer]
    if let clamp = clamp(node) {
      if clamp.range == -Float.infinity...0 { return NegativePart(x: clamp.x, factors: [1]) }
      guard clamp.range == 0...Float.infinity, let x = negated(clamp.x, links) else { return nil }
      return NegativePart(x: x, factors: [-1])
    }
    guard node.hasNoActivation, node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else {
      return nil
    }
    switch node.operatorName {
    case "mul":
      for (factor, other) in [(a, b), (b, a)] where tensors[factor].isConstant && tensors[factor].dataType == .float32 {
        guard var part = negativePart(other, links, depth: depth - 1), part.multiply(by: tensors[factor]) else {
          return nil
        }
        return part
      }
      return nil
    case "sub":
      // x − |x|
      guard let magnitude = links.producer[b], nodes[magnitude].operatorName == "maximum",
        nodes[magnitude].inputs.contains(a), let other = nodes[magnitude].inputs.first(where: { $0 != a }) ?? nil,
        negated(other, links) == a
      else { return nil }
      return NegativePart(x: a, factors: [2])
    default: return nil
    }
  }

  /// x, where a tensor is `−x`.
  private func negated(_ tensor: Int, _ links: Links) -> Int? {
    guard let producer = links.producer[tensor], nodes[producer].hasNoActivation else { return nil }
    let inputs = nodes[producer].inputs
    if nodes[producer].operatorName == "sub", inputs.count == 2, scalar(inputs[0]) == 0 { return inputs[1] }
    return inputs.compactMap { $0 }.first { factor(tensor, of: $0, links) == -1 }
  }

  /// c, where a tensor is `c · x`.
  private func factor(_ tensor: Int, of x: Int, _ links: Links) -> Float? {
    guard let producer = links.producer[tensor], nodes[producer].operatorName == "mul", nodes[producer].hasNoActivation,
      nodes[producer].inputs.count == 2, tensors[tensor].shape == tensors[x].shape
    else { return nil }
    let inputs = nodes[producer].inputs
    if inputs[0] == x { return scalar(inputs[1]) }
    return inputs[1] == x ? scalar(inputs[0]) : nil
  }
}
