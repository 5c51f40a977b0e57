extension Pass {
  /// Removes nodes whose outputs nobody reads, then tensors that nothing uses, and renumbers the rest in order.
  static let removeDeadCode = Pass("remove-dead-code") { graph, _ in
    var isLive = [Bool](repeating: false, count: graph.tensors.count)
    for output in graph.outputs { isLive[output] = true }
    var kept: [Graph.Node] = []
    for node in graph.nodes.reversed() where node.outputs.contains(where: { isLive[$0] }) {
      for case let input? in node.inputs { isLive[input] = true }
      kept.append(node)
    }
    graph.nodes = kept.reversed()

    for index in graph.inputs { isLive[index] = true }
    for node in graph.nodes { for output in node.outputs { isLive[output] = true } }
    var newIndex = [Int](repeating: 0, count: graph.tensors.count)
    var tensors: [Graph.Tensor] = []
    for (index, tensor) in graph.tensors.enumerated() where isLive[index] {
      newIndex[index] = tensors.count
      tensors.append(tensor)
    }
    graph.tensors = tensors
    graph.inputs = graph.inputs.map { newIndex[$0] }
    graph.outputs = graph.outputs.map { newIndex[$0] }
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0.map { newIndex[$0] } }
      graph.nodes[index].outputs = graph.nodes[index].outputs.map { newIndex[$0] }
    }
  }
}
