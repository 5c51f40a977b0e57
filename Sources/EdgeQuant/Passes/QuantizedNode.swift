import EdgeModel
import EdgeRuntime
import EdgeTensor

/// A float32 node on its way to being one on codes.
struct QuantizedNode {
  var graph: Graph
  var node: Graph.Node
  /// `quantize` nodes that bring its inputs and outputs to the scales that the operator demands.
  var before: [Graph.Node] = []
  var after: [Graph.Node] = []

  /// Rounding to steps of 1 and then to steps of this gives the code next to the right one at most: half a step of 1, in codes of
  /// the second kind, stays below 1. The rest is for kernels that are not exact.
  private static let finestStep: Float = 0.55

  init(graph: Graph, node: Graph.Node) { (self.graph, self.node) = (graph, node) }

  private func tensor(_ operand: Int) -> Graph.Tensor? { graph.input(operand, of: node) }

  /// - Parameters:
  ///   - codes: the int8 tensor to read, or
  ///   - value: the one number a constant holds, which any scale can represent.
  mutating func setOperand(_ operand: Int, _ codes: Int?, _ value: Float?) -> Bool {
    if let codes {
      guard graph.tensors[codes].singleQuantization != nil else { return false }
      node.inputs[operand] = codes
      return true
    }
    guard let value, value.isFinite, let input = node.inputs[operand] else { return false }
    var tensor = graph.tensors[input]
    tensor.name += "/int8"
    tensor.dataType = .int8
    tensor.quantization = Graph.Quantization(scale: value == 0 ? 1 : abs(value) / 127, zeroPoint: 0)
    tensor.data = Graph.Tensor.bytes(of: [Int8(value == 0 ? 0 : value > 0 ? 127 : -127)])
    node.inputs[operand] = graph.add(tensor)
    return true
  }

  /// Makes inputs and outputs fit the operator.
  /// - Returns: false if only float32 can.
  mutating func apply(_ rule: ScaleRule, _ targets: [Int]) -> Bool {
    switch rule {
    case .weights, .free:
      node.outputs = targets
      return true
    case .same, .sameAverage:
      guard let x = tensor(ScaleRule.dataOperands(node)[0])?.quantization else { return false }
      for target in targets {
        guard let wanted = graph.tensors[target].quantization else { return false }
        if case .sameAverage = rule, wanted.scales[0] < x.scales[0] * QuantizedNode.finestStep { return false }
      }
      node.outputs = targets.map { result($0, x) }
      return node.operatorName == "padv2" ? quantizeFill(x) : true
    case .joined:
      guard let wanted = graph.tensors[targets[0]].quantization else { return false }
      for operand in node.inputs.indices where tensor(operand)?.quantization != wanted {
        guard let input = node.inputs[operand], requantize(operand, input, wanted) else { return false }
      }
      node.outputs = targets
      return true
    case .fixed(let quantization):
      guard let wanted = graph.tensors[targets[0]].singleQuantization else { return false }
      if wanted == quantization || (node.operatorName == "logistic" && wanted.scale == quantization.scale) {
        node.outputs = targets
        return true
      }
      guard wanted.scale >= quantization.scale * QuantizedNode.finestStep else { return false }
      node.outputs = [
        result(targets[0], Graph.Quantization(scale: quantization.scale, zeroPoint: quantization.zeroPoint))
      ]
      return true
    }
  }

  /// The tensor that the node writes for `target`: itself, or one of the given scale and a `quantize` after it.
  private mutating func result(_ target: Int, _ quantization: Graph.Quantization) -> Int {
    guard graph.tensors[target].quantization != quantization else { return target }
    var tensor = graph.tensors[target]
    tensor.name += "/unscaled"
    tensor.quantization = quantization
    let result = graph.add(tensor)
    after.append(quantize(result, target))
    return result
  }

  private func quantize(_ from: Int, _ to: Int) -> Graph.Node {
    Graph.Node(
      "quantize", name: node.name + "/requantize", inputs: [from], outputs: [to],
      source: Graph.Source(
        index: node.source.index, operatorName: "QuantizeLinear", inputs: [graph.tensors[from].typeDescription],
        outputs: [graph.tensors[to].typeDescription]))
  }

  private mutating func requantize(_ operand: Int, _ input: Int, _ wanted: Graph.Quantization) -> Bool {
    var tensor = graph.tensors[input]
    tensor.name += "/rescaled"
    tensor.quantization = wanted
    if let values = graph.tensors[input].dequantized() {
      let codes = values.compactMap { tensor.code(of: $0) }
      guard codes.count == values.count else { return false }
      tensor.data = Graph.Tensor.bytes(of: codes)
    }
    let rescaled = graph.add(tensor)
    if !tensor.isConstant { before.append(quantize(input, rescaled)) }
    node.inputs[operand] = rescaled
    return true
  }

  private mutating func quantizeFill(_ quantization: Graph.Quantization) -> Bool {
    guard let value = node.inputs[2], let number = graph.scalar(value) else { return false }
    var tensor = graph.tensors[value]
    (tensor.name, tensor.dataType, tensor.quantization) = (tensor.name + "/int8", .int8, quantization)
    guard let code = number == -.infinity ? -128 : tensor.code(of: number) else { return false }
    tensor.data = Graph.Tensor.bytes(of: [code])
    node.inputs[2] = graph.add(tensor)
    return true
  }

  /// An average over the whole picture is a `mean`, which has a scale of its own.
  mutating func becomesMean(target: Graph.Tensor) -> Bool {
    guard node.operatorName == "average_pool_2d", node.hasNoActivation, let x = tensor(0), let shape = x.shape,
      shape.rank == 4, x.quantization != target.quantization, target.shape?.dimensions == [shape[0], 1, 1, shape[3]],
      node.attributes.int("filter_h") == shape[1], node.attributes.int("filter_w") == shape[2],
      node.attributes.text("padding") == "valid"
    else { return false }
    node.operatorName = "mean"
    node.attributes = Attributes([Attribute("keep_dims", ints: [1])])
    node.inputs = [node.inputs[0], graph.addConstant(node.name + "/axes", .int32, [2], [1, 2] as [Int32])]
    return true
  }

  /// Whether the runtime's kernel takes these scales. Weights are checked when they are lowered.
  var isExecutable: Bool {
    guard WeightForm.byOperator[node.operatorName] == nil else { return true }
    var alone = Graph()
    func add(_ tensor: Int) -> Int { alone.add(graph.tensors[tensor]) }
    var added: [Int: Int] = [:]
    var single = node
    for tensor in Set(node.inputs.compactMap { $0 } + node.outputs).sorted() { added[tensor] = add(tensor) }
    single.inputs = node.inputs.map { $0.map { added[$0]! } }
    single.outputs = node.outputs.map { added[$0]! }
    alone.nodes = [single]
    alone.inputs = alone.tensors.indices.filter { !alone.tensors[$0].isConstant && !single.outputs.contains($0) }
    alone.outputs = single.outputs
    var report = Report()
    alone.run([.tabulateActivations], report: &report)
    guard let model = try? Model(ModelBytes(copying: alone.contents().encoded())) else { return false }
    return Plan.problems(in: model).isEmpty
  }
}

// MARK: Layers with weights

extension QuantizedNode {
  /// Reads codes of x and weights, and makes the bias int32 of scale `x · weights`.
  mutating func setWeights(_ links: Graph.Links, output: Graph.Tensor) -> Bool {
    guard let form = WeightForm.byOperator[node.operatorName],
      let x = node.inputs[form.xOperand].flatMap({ graph.codes(of: $0, links) }),
      let weights = node.inputs[form.weightsOperand].flatMap({ graph.codes(of: $0, links) }),
      let input = graph.tensors[x].singleQuantization, graph.tensors[weights].isConstant,
      let quantization = graph.tensors[weights].quantization, let shape = graph.tensors[weights].shape,
      shape.rank == form.rank
    else { return false }
    if quantization.isPerChannel {
      guard quantization.axis == form.channelAxis, quantization.zeroPoints.allSatisfy({ $0 == 0 }) else { return false }
    } else if quantization.zeroPoints[0] != 0, !form.isFloat64Rule {
      // int8 convolutions of TensorFlow Lite do not look at this zero point, uint8 ones do.
      node.attributes.set(Attribute("uint8_rule", ints: [1]))
    }
    let scales = (0..<shape[form.channelAxis]).map { input.scale * quantization.scale(channel: $0) }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return false }
    node.inputs[form.xOperand] = x
    node.inputs[form.weightsOperand] = weights
    guard form.biasOperand < node.inputs.count, let bias = node.inputs[form.biasOperand] else { return true }
    guard let codes = biasCodes(bias, scales, links) else { return false }
    let name = graph.tensors[bias].name + "/int32"
    node.inputs[form.biasOperand] = graph.add(
      Graph.Tensor(
        name: name, dataType: .int32, shape: Shape([scales.count]),
        quantization: Graph.Quantization(
          scales: quantization.isPerChannel ? scales : [scales[0]],
          zeroPoints: [Int32](repeating: 0, count: quantization.isPerChannel ? scales.count : 1)),
        data: Graph.Tensor.bytes(of: codes)))
    return true
  }

  /// nil if a bias is unknown or leaves int32.
  private func biasCodes(_ bias: Int, _ scales: [Float], _ links: Graph.Links) -> [Int32]? {
    guard let values = graph.knownValues(bias, links), values.count == scales.count else { return nil }
    // Codes of the very scale stay as they are, however large.
    if let producer = links.producer[bias], let stored = graph.nodes[producer].inputs[0],
      graph.tensors[stored].dataType == .int32, let own = graph.tensors[stored].quantization,
      scales.indices.allSatisfy({
        abs(own.scale(channel: $0) / scales[$0] - 1) < 1e-5 && own.zeroPoint(channel: $0) == 0
      })
    {
      return graph.tensors[stored].values(as: Int32.self)
    }
    var codes: [Int32] = []
    for (value, scale) in zip(values, scales) {
      let code = (Double(value) / Double(scale)).rounded(.toNearestOrAwayFromZero)
      guard code.magnitude < 2_147_483_647 else { return nil }
      codes.append(Int32(code))
    }
    return codes
  }
}
