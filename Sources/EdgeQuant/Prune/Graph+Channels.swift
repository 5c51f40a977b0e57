import EdgeModel
import EdgeTensor

extension Graph {
  /// The network without some units: activations, weights, biases and constants lose their channels. Tensors keep their numbers.
  func removing(_ removed: Set<Int>, _ units: ChannelUnits) -> Graph {
    var graph = self
    func kept(_ labels: [Int]) -> [Int] { labels.indices.filter { !removed.contains(labels[$0]) } }
    for (tensor, labels) in units.labels.enumerated() where !labels.isEmpty {
      let count = kept(labels).count
      guard count != labels.count, let shape = tensors[tensor].shape else { continue }
      graph.tensors[tensor].shape = Shape(shape.dimensions.dropLast() + [count])
    }
    for (index, node) in nodes.enumerated() {
      guard let output = node.outputs.first, !units.labels[output].isEmpty else { continue }
      let outputs = kept(units.labels[output])
      switch node.operatorName {
      case "conv_2d", "fully_connected":
        guard let x = node.inputs[0], let weights = input(1, of: node)?.shape else { continue }
        let axis = weights.rank - 1
        let inputs = kept(units.inputs(x, count: weights[axis]))
        graph.slice(index, 1, axis: axis, inputs)
        graph.slice(index, 1, axis: 0, outputs)
        graph.slice(index, 2, axis: 0, outputs)
      case "depthwise_conv_2d":
        graph.slice(index, 1, axis: 3, outputs)
        graph.slice(index, 2, axis: 0, outputs)
      case "reshape":
        guard let shape = graph.tensors[output].shape, shape != tensors[output].shape else { continue }
        graph.nodes[index].inputs = [node.inputs[0]]
        graph.nodes[index].attributes.set(Attribute("new_shape", ints: shape.dimensions.map { Int64($0) }))
      case "add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "prelu":
        for (operand, constant) in node.inputs.enumerated() {
          guard let constant, let shape = tensors[constant].shape, tensors[constant].isConstant,
            shape.dimensions.last == units.labels[output].count
          else { continue }
          graph.slice(index, operand, axis: shape.rank - 1, outputs)
        }
      default: continue
      }
    }
    return graph
  }

  /// Gives a node its own copy of a constant with only some indices of an axis.
  private mutating func slice(_ node: Int, _ operand: Int, axis: Int, _ kept: [Int]) {
    guard operand < nodes[node].inputs.count, let tensor = nodes[node].inputs[operand],
      let shape = tensors[tensor].shape, shape[axis] != kept.count
    else { return }
    var copy = tensors[tensor]
    let values = copy.values(as: Float.self)
    let (inner, extent) = (shape.strides[axis], shape[axis])
    var sliced: [Float] = []
    sliced.reserveCapacity(values.count / extent * kept.count)
    for outer in 0..<values.count / (inner * extent) {
      for index in kept {
        let start = (outer * extent + index) * inner
        sliced += values[start..<start + inner]
      }
    }
    copy.shape = Shape(shape.dimensions[..<axis] + [kept.count] + shape.dimensions[(axis + 1)...])
    copy.data = Graph.Tensor.bytes(of: sliced)
    nodes[node].inputs[operand] = addCopy(copy)
  }

  /// Gives a layer other weights, `[channelCount, depth]`, and biases, one for each channel.
  mutating func setWeights(_ node: Int, _ weights: LayerWeights) {
    guard let form = WeightForm.byOperator[nodes[node].operatorName],
      let tensor = nodes[node].inputs[form.weightsOperand]
    else { return }
    let matrix = WeightMatrix(tensors[tensor], form)
    var copy = tensors[tensor]
    copy.data = Graph.Tensor.bytes(of: matrix.stored(weights.values))
    nodes[node].inputs[form.weightsOperand] = addCopy(copy)
    var bias =
      input(form.biasOperand, of: nodes[node])
      ?? Tensor(name: recipeName(of: nodes[node]) + "/bias", dataType: .float32, shape: Shape([weights.bias.count]))
    bias.data = Graph.Tensor.bytes(of: weights.bias)
    while nodes[node].inputs.count <= form.biasOperand { nodes[node].inputs.append(nil) }
    nodes[node].inputs[form.biasOperand] = addCopy(bias)
  }

  private mutating func addCopy(_ tensor: Tensor) -> Int {
    var tensor = tensor
    let stem = tensor.name.range(of: "/pruned#").map { String(tensor.name[..<$0.lowerBound]) } ?? tensor.name
    tensor.name = "\(stem)/pruned#\(tensors.count)"
    return add(tensor)
  }

  /// Weights and biases of a float layer; biases that are left out are 0.
  func weights(of node: Int) -> LayerWeights? {
    guard let form = WeightForm.byOperator[nodes[node].operatorName], quantizationRule(of: nodes[node]) != nil,
      let weights = input(form.weightsOperand, of: nodes[node])
    else { return nil }
    let matrix = WeightMatrix(weights, form)
    let bias = input(form.biasOperand, of: nodes[node])?.values(as: Float.self)
    return LayerWeights(
      channelCount: matrix.channelCount, depth: matrix.depth, values: matrix.values,
      bias: bias ?? Array(repeating: 0, count: matrix.channelCount))
  }
}

/// A layer's parameters while they are repaired.
struct LayerWeights {
  let channelCount: Int
  let depth: Int
  /// Row-major `[channelCount, depth]`.
  var values: [Float]
  var bias: [Float]
}
