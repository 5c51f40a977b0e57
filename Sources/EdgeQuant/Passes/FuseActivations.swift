import EdgeModel
import EdgeTensor

extension Pass {
  /// Gives clamps the name of the activation they are, joins those that follow each other, and lets the operator before them apply
  /// them, where that is the only reader of its result.
  static let fuseActivations = Pass("fuse-activations") { graph, _ in
    // All of one kind before the next: what has been joined or fused takes no part any more.
    graph.rewrite { graph, index, links in graph.joinClamps(index, links) }
    graph.rewrite { graph, index, _ in graph.nameClamp(index) }
    graph.rewrite { graph, index, links in graph.fuseClamp(index, links) }
  }

  /// Operators with the attribute `activation`.
  private static let producers: Set<String> = [
    "conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv", "add", "sub", "mul", "div", "average_pool_2d",
    "max_pool_2d",
  ]
  fileprivate static func appliesActivations(_ operatorName: String) -> Bool { producers.contains(operatorName) }
}

/// Operators that limit numbers to a range.
enum Clamps {
  static let named: [(name: String, range: ClosedRange<Float>)] = [
    ("relu", 0...Float.infinity), ("relu6", 0...6), ("relu_n1_to_1", -1...1), ("relu_0_to_1", 0...1),
  ]
  /// Of these, what a node may have as its attribute `activation`.
  static let activations: Set<String> = ["relu", "relu6", "relu_n1_to_1"]
}

extension Graph {
  /// The range a node limits its input to, and that input; nil for other nodes.
  func clamp(_ node: Node) -> (x: Int, range: ClosedRange<Float>)? {
    guard let output = node.outputs.first, tensors[output].dataType == .float32, let first = node.inputs.first,
      let x = first
    else { return nil }
    if let clamp = Clamps.named.first(where: { $0.name == node.operatorName }) { return (x, clamp.range) }
    guard ["maximum", "minimum"].contains(node.operatorName), node.inputs.count == 2, let other = node.inputs[1] else {
      return nil
    }
    let (limit, clamped) = scalar(other).map { ($0, x) } ?? (scalar(x) ?? .nan, other)
    guard !limit.isNaN, tensors[clamped].shape == tensors[output].shape else { return nil }
    return (clamped, node.operatorName == "maximum" ? limit...Float.infinity : -Float.infinity...limit)
  }

  /// Two clamps, one after the other, as one that has a name.
  fileprivate mutating func joinClamps(_ index: Int, _ links: Links) -> Bool {
    guard let outer = clamp(nodes[index]), let producer = links.producer[outer.x],
      let inner = clamp(nodes[producer]), links.soleReader(of: outer.x) == index,
      inner.range.overlaps(outer.range)
    else { return false }
    let range = inner.range.clamped(to: outer.range)
    guard let name = Clamps.named.first(where: { $0.range == range })?.name else { return false }
    nodes[index].operatorName = name
    nodes[index].inputs = [inner.x]
    nodes.remove(at: producer)
    return true
  }

  /// `maximum(x, 0)` is `relu`.
  fileprivate mutating func nameClamp(_ index: Int) -> Bool {
    guard ["maximum", "minimum"].contains(nodes[index].operatorName), let clamp = clamp(nodes[index]),
      let name = Clamps.named.first(where: { $0.range == clamp.range })?.name
    else { return false }
    nodes[index].operatorName = name
    nodes[index].inputs = [clamp.x]
    return true
  }

  /// An int8 clamp can join the operator before it if it does not change the scale: both then limit the same codes.
  fileprivate mutating func fuseClamp(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard Clamps.activations.contains(node.operatorName), let input = node.inputs[0], let output = node.outputs.first,
      let producer = links.producer[input], links.soleReader(of: input) == index,
      Pass.appliesActivations(nodes[producer].operatorName), nodes[producer].hasNoActivation,
      tensors[input].dataType == .float32 || tensors[input].quantization == tensors[output].quantization,
      tensors[input].dataType == tensors[output].dataType
    else { return false }
    nodes[producer].attributes.set(Attribute("activation", text: node.operatorName))
    nodes[producer].outputs = [output]
    nodes.remove(at: index)
    return true
  }
}
