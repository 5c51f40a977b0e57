import EdgeModel
import EdgeTensor

extension Graph {
  /// The network of an `.edge` file as the runtime executes it: `Pass.raising` gives it back the operands of TensorFlow Lite.
  public init(_ model: Model) {
    self.init()
    name = model.name
    tensors = model.tensors.indices.map { Tensor(model, $0) }
    nodes = model.operators.enumerated().map { index, operation in
      func type(_ tensor: Int) -> String { tensor < 0 ? "none" : tensors[tensor].typeDescription }
      return Node(
        operation.name, name: model.nodeName(index), inputs: operation.inputs.map { $0 < 0 ? nil : $0 },
        outputs: operation.outputs, attributes: model.attributes(index),
        source: Source(
          format: .edge, index: index, operatorName: operation.name, inputs: operation.inputs.map(type),
          outputs: operation.outputs.map(type)))
    }
    inputs = model.inputs
    outputs = model.outputs
  }
}

extension Graph.Tensor {
  fileprivate init(_ model: Model, _ index: Int) {
    let stored = model.tensors[index]
    let scales = model.scales(index)
    var quantization: Graph.Quantization?
    if !scales.isEmpty {
      // Where scales differ by channel, operators keep zero points themselves: as an attribute or an operand.
      quantization = Graph.Quantization(
        scales: scales, zeroPoints: scales.map { _ in stored.type.quantization?.zeroPoint ?? 0 },
        axis: stored.channelAxis ?? 0)
    }
    self.init(
      name: model.tensorName(index), dataType: stored.type.dataType, shape: stored.type.shape,
      quantization: quantization, layout: stored.layout, data: model.constant(index).map { [UInt8]($0) })
    sparse = stored.sparse?.blocks
  }
}
