import EdgeModel
import EdgeTensor

extension Inspection {
  /// A graph as an importer made it: node i of the file has `source.index` i.
  init(_ graph: Graph, refused: [NodeProblem] = [], _ format: Format, byteCount: Int) {
    self.init(format: format, name: graph.name, byteCount: byteCount)
    tensors = graph.tensors.map {
      Tensor(
        name: $0.name, type: $0.typeDescription, shape: $0.shape, quantization: $0.quantization,
        isConstant: $0.isConstant)
    }
    let problems: [(node: Graph.Node, problem: String?)] = refused.compactMap { problem in
      problem.node.map { ($0, problem.reason) }
    }
    let all = graph.nodes.map { (node: $0, problem: String?.none) } + problems
    for (node, problem) in all.sorted(by: { $0.node.source.index < $1.node.source.index }) {
      if problem != nil { declareTypes(of: node) }
      nodes.append(
        Node(
          operatorName: format == .edge ? node.operatorName : node.source.operatorName, name: node.name,
          inputs: node.inputs, outputs: node.outputs,
          attributes: node.attributes.entries.map { ($0.key, $0.valueDescription) },
          parameters: graph.parameters(of: node), multiplyAccumulateCount: graph.multiplyAccumulateCount(of: node),
          problem: problem))
    }
    inputs = graph.inputs
    outputs = graph.outputs
  }

  /// What the file says about tensors that the graph cannot represent.
  private mutating func declareTypes(of node: Graph.Node) {
    for (tensor, type) in zip(node.inputs, node.source.inputs) where tensor != nil { tensors[tensor!].type = type }
    for (tensor, type) in zip(node.outputs, node.source.outputs) { tensors[tensor].type = type }
  }
}

extension Graph {
  /// Constant operands with weights: not shapes, axes, or the tables of activation functions.
  fileprivate func parameters(of node: Node) -> [Inspection.Parameter] {
    let form = WeightForm.byOperator[node.operatorName]
    let hasTable = ["logistic", "tanh", "elu", "exp", "gelu", "swish"].contains(node.operatorName)
    return node.inputs.enumerated().compactMap { operand, input in
      guard let input, let data = tensors[input].data, let shape = tensors[input].shape else { return nil }
      let isBias = form?.biasOperand == operand
      switch tensors[input].dataType {
      case .float32, .int8, .uint8: if hasTable { return nil }
      case .int32: if !isBias { return nil }
      default: return nil
      }
      // The table of channels of an `.edge` file stands for one bias each.
      let isTable = isBias && shape.rank == 2
      let count = isTable ? form.flatMap { self.input($0.weightsOperand, of: node)?.shape?[$0.channelAxis] } : nil
      return Inspection.Parameter(tensor: input, count: count ?? shape.elementCount, byteCount: data.count)
    }
  }

  /// 0 for operators without products; nil if a shape is unknown.
  fileprivate func multiplyAccumulateCount(of node: Node) -> Int? {
    func shape(_ operand: Int) -> Shape? { input(operand, of: node)?.shape }
    let output = node.outputs.first.flatMap { tensors[$0].shape }
    switch node.operatorName {
    case "conv_2d", "depthwise_conv_2d", "fully_connected":
      guard let output, let weights = shape(1), let form = WeightForm.byOperator[node.operatorName],
        weights.rank == form.rank, weights.elementCount > 0
      else { return nil }
      return Inspection.product(output.elementCount, weights.elementCount / weights[form.channelAxis])
    case "transpose_conv":
      guard let x = shape(2), let weights = shape(1), weights.rank == 4, weights.elementCount > 0 else { return nil }
      return Inspection.product(x.elementCount, weights.elementCount / weights[3])
    case "batch_matmul":
      guard let output, let x = shape(0), x.rank >= 2 else { return nil }
      return Inspection.product(output.elementCount, x.dimensions[x.rank - (node.attributes.bool("adj_x") ? 2 : 1)])
    default: return node.operatorName.isEmpty ? nil : 0
    }
  }
}

extension Inspection {
  static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }
}
