import EdgeModel
import EdgeTensor

extension Pass {
  /// Writes activation functions that TensorFlow Lite lacks with operators that it has: on codes, an element of their table is gathered,
  /// so that every code is the same; float32 functions become their formula.
  static let raiseTables = Pass("raise-tables") { graph, _ in
    graph.nodes = graph.nodes.flatMap { node in node.operatorName == "swish" ? graph.raised(swish: node) : [node] }
  }
}

extension Graph {
  /// - Precondition: the runtime can plan the node.
  fileprivate mutating func raised(swish node: Node) -> [Node] {
    guard let x = node.inputs[0], let shape = tensors[x].shape else { preconditionFailure("\(node.name) has no input") }
    func step(_ operatorName: String, _ inputs: [Int], to output: Int, _ attributes: [Attribute] = []) -> Node {
      Node(
        operatorName, name: "\(node.name)/\(operatorName)", inputs: inputs, outputs: [output],
        attributes: Attributes(attributes), source: node.source)
    }
    let plain = [Attribute("activation", text: "none")]
    if tensors[x].dataType == .float32 {
      let gate = add(Tensor(name: node.name + "/gate", dataType: .float32, shape: shape))
      return [
        step("logistic", [x], to: gate), step("mul", [x, gate], to: node.outputs[0], plain),
      ]
    }
    guard node.inputs.count == 2, let table = node.inputs[1] else {
      preconditionFailure("\(node.name) has no table")
    }
    tensors[table].quantization = tensors[node.outputs[0]].quantization
    let code = add(Tensor(name: node.name + "/code", dataType: .int32, shape: shape))
    let place = add(Tensor(name: node.name + "/place", dataType: .int32, shape: shape))
    let first = addConstant(node.name + "/first", .int32, [1], [Int32(128)])
    return [
      step("cast", [x], to: code), step("add", [code, first], to: place, plain),
      step(
        "gather", [table, place], to: node.outputs[0],
        [Attribute("axis", ints: [0]), Attribute("batch_dims", ints: [0])]),
    ]
  }
}
