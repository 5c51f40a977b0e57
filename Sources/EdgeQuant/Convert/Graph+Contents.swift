import EdgeModel
import EdgeTensor

extension Graph {
  /// The graph as the contents of an `.edge` file, without plans, checks, labels and origin.
  ///
  /// Where nodes were refused, what they would have written counts as input, so that the rest can still be checked.
  func contents() -> ModelContents {
    var contents = ModelContents()
    contents.name = name
    contents.tensors = tensors.map { tensor in
      ModelContents.Tensor(
        name: tensor.name, dataType: tensor.dataType, shape: tensor.shape ?? Shape([]), layout: tensor.layout,
        scales: tensor.quantization?.scales ?? [], zeroPoints: tensor.quantization?.zeroPoints ?? [],
        axis: tensor.quantization?.axis ?? 0, data: tensor.data, sparse: tensor.sparse)
    }
    contents.operators = nodes.map { node in
      ModelContents.Operator(
        name: node.operatorName, node: node.name, inputs: node.inputs.map { $0 ?? -1 }, outputs: node.outputs,
        attributes: node.attributes)
    }
    contents.inputs = inputs + tensorsWithoutWriter
    contents.outputs = outputs
    return contents
  }

  private var tensorsWithoutWriter: [Int] {
    var isAvailable = tensors.map { $0.isConstant }
    for input in inputs { isAvailable[input] = true }
    for node in nodes { for output in node.outputs { isAvailable[output] = true } }
    let read = Set(nodes.flatMap { $0.inputs.compactMap { $0 } } + outputs)
    return read.filter { !isAvailable[$0] }.sorted()
  }
}
