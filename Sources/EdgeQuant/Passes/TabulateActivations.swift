import EdgeTensor

extension Pass {
  /// Gives int8 activation functions their table of output codes as second input, so that no device computes them.
  static let tabulateActivations = Pass("tabulate-activations") { graph, _ in
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard node.inputs.count == 1, node.outputs.count == 1, let x = graph.input(0, of: node), x.dataType == .int8,
        let input = x.singleQuantization, let output = graph.tensors[node.outputs[0]].singleQuantization,
        let table = ActivationTable.int8(
          node.operatorName, input: input, output: output, attributes: node.attributes)
      else { continue }
      let tensor = graph.add(
        Graph.Tensor(
          name: node.name + "/table", dataType: .int8, shape: Shape([256]), data: Graph.Tensor.bytes(of: table)))
      graph.nodes[index].inputs.append(tensor)
    }
  }
}
