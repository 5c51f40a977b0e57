import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Graph {
  /// Larger results are left to be computed on the device rather than stored in the file.
  private static let maximumFoldedByteCount = 1 << 20

  /// Computes a node now if that is possible, and makes its outputs constants: `shape` of a tensor whose shape is known, and any
  /// operator whose inputs are all constants. Exporters write such chains where the batch may vary.
  /// - Precondition: the shapes of inputs and outputs are known, but for the outputs of `shape`.
  /// - Returns: whether the node is no longer needed.
  mutating func fold(_ node: Node) -> Bool {
    guard node.outputs.allSatisfy({ !outputs.contains($0) }) else { return false }
    if node.operatorName == "shape" { return foldShape(node) }
    let byteCount = node.outputs.reduce(0) { $0 + (tensors[$1].type?.byteCount ?? 0) }
    guard !node.inputs.isEmpty, byteCount <= Graph.maximumFoldedByteCount,
      node.inputs.allSatisfy({ $0.map { tensors[$0].isConstant } ?? true }), let results = computed(node)
    else { return false }
    for (output, bytes) in zip(node.outputs, results) { tensors[output].data = bytes }
    return true
  }

  private mutating func foldShape(_ node: Node) -> Bool {
    guard let shape = input(0, of: node)?.shape, let output = node.outputs.first else { return false }
    switch tensors[output].dataType {
    case .int32: tensors[output].data = Tensor.bytes(of: shape.dimensions.map { Int32($0) })
    case .int64: tensors[output].data = Tensor.bytes(of: shape.dimensions.map { Int64($0) })
    default: return false
    }
    tensors[output].shape = Shape([shape.rank])
    return true
  }

  /// The outputs of a node without activations, by running it as a model of its own; nil if it cannot run.
  private func computed(_ node: Node) -> [[UInt8]]? {
    var graph = Graph()
    func add(_ tensor: Int) -> Int { graph.add(tensors[tensor]) }
    let inputs = node.inputs.map { $0.map(add) }
    let outputs = node.outputs.map(add)
    graph.nodes = [
      Node(
        node.operatorName, name: node.name, inputs: inputs, outputs: outputs, attributes: node.attributes,
        source: node.source)
    ]
    graph.outputs = outputs
    do {
      let model = try Model(ModelBytes(copying: graph.contents().encoded()))
      let interpreter = try Interpreter(try Plan(model))
      try interpreter.invoke()
      return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
    } catch {
      return nil
    }
  }
}
