import EdgeModel
import EdgeTensor

extension Graph {
  /// The graph in int8 as a recipe has it: nodes in source form whose activations, weights and biases are quantized, with `quantize` and
  /// `dequantize` where float nodes or the network's boundary need them.
  /// - Precondition: source form with unique tensor names; the recipe's equalization has been applied.
  /// - Throws: `badRecipe` if the recipe lacks a tensor or layer, or does not fit it.
  public func quantized(by recipe: QuantizationRecipe) throws(QuantError) -> Graph {
    var builder = QuantizedGraphBuilder(source: self, recipe: recipe)
    return try builder.build()
  }

  /// The source form as decisions are made on it: unique tensor names, which decisions are recorded by, and operators whose int8 form
  /// keeps more of the answer.
  func preparedForQuantization() -> Graph {
    var graph = self
    graph.makeNamesUnique()
    graph.replaceGlobalAveragePools()
    return graph
  }

  mutating func makeNamesUnique() {
    var names = Set<String>()
    for index in tensors.indices {
      if tensors[index].name.isEmpty { tensors[index].name = "tensor_\(index)" }
      if !names.insert(tensors[index].name).inserted {
        tensors[index].name += "#\(index)"
        names.insert(tensors[index].name)
      }
    }
  }

  /// An average over a whole image becomes `mean`, which may have a scale of its own: averages span a much smaller range than what they
  /// are taken of, and an int8 average pool keeps its input's scale.
  private mutating func replaceGlobalAveragePools() {
    for index in nodes.indices where nodes[index].operatorName == "average_pool_2d" {
      let node = nodes[index]
      guard let x = input(0, of: node), x.dataType == .float32, let shape = x.shape, shape.rank == 4,
        node.attributes.int("filter_h") == shape[1], node.attributes.int("filter_w") == shape[2],
        tensors[node.outputs[0]].shape == Shape([shape[0], 1, 1, shape[3]]),
        node.attributes.text("padding") == "valid", (node.attributes.text("activation") ?? "none") == "none"
      else { continue }
      let axes = add(
        Tensor(
          name: tensors[node.outputs[0]].name + "/axes", dataType: .int32, shape: Shape([2]),
          data: Tensor.bytes(of: [1, 2] as [Int32])))
      nodes[index].operatorName = "mean"
      nodes[index].inputs = [node.inputs[0], axes]
      nodes[index].attributes = Attributes([Attribute("keep_dims", ints: [1])])
    }
  }

  /// The name that a recipe knows a node by.
  func recipeName(of node: Node) -> String { node.outputs.first.map { tensors[$0].name } ?? node.name }
}

private struct QuantizedGraphBuilder {
  let source: Graph
  let recipe: QuantizationRecipe
  /// Begins with the source's tensors, so that their indices hold.
  private var graph: Graph
  /// By source tensor: its int8 form.
  private var codes: [Int: Int] = [:]
  /// Source tensors whose float form is computed.
  private var hasFloat: Set<Int> = []

  init(source: Graph, recipe: QuantizationRecipe) {
    self.source = source
    self.recipe = recipe
    graph = source
    graph.nodes = []
  }

  mutating func build() throws(QuantError) -> Graph {
    for (position, input) in source.inputs.enumerated() {
      guard source.tensors[input].dataType == .float32, let type = boundary else {
        hasFloat.insert(input)
        continue
      }
      graph.inputs[position] = try addBoundary(input, type)
      if type == .int8 {
        codes[input] = graph.inputs[position]
      } else {
        let int8 = try addCodes(input)
        addConversion("quantize", from: graph.inputs[position], to: int8, source.sourceOfBoundary)
        codes[input] = int8
      }
    }
    for node in source.nodes {
      if let rule = source.quantizationRule(of: node), recipe.layers[source.recipeName(of: node)]?.isFloat != true {
        try addQuantized(node, rule)
      } else {
        addFloat(node)
      }
    }
    for (position, output) in source.outputs.enumerated() where source.tensors[output].dataType == .float32 {
      if let type = boundary {
        let int8 = try int8(output, source.sourceOfBoundary)
        guard type == .uint8 else {
          graph.outputs[position] = int8
          continue
        }
        graph.outputs[position] = try addBoundary(output, type)
        addConversion("quantize", from: int8, to: graph.outputs[position], source.sourceOfBoundary)
      } else {
        needFloat(output, source.sourceOfBoundary)
      }
    }
    nameBothForms()
    return graph
  }

  /// The int8 form of a tensor has its name, unless the float form is the network's input or output.
  private mutating func nameBothForms() {
    for (tensor, int8) in codes where graph.tensors[int8].name == graph.tensors[tensor].name {
      let isBoundary = graph.inputs.contains(tensor) || graph.outputs.contains(tensor)
      graph.tensors[isBoundary ? int8 : tensor].name += isBoundary ? "/int8" : "/float"
    }
  }

  /// nil leaves the boundary float32.
  private var boundary: DataType? {
    switch recipe.io {
    case .source, .float: nil
    case .int8: .int8
    case .uint8: .uint8
    }
  }

  private func params(_ tensor: Int) throws(QuantError) -> QuantParams {
    let name = source.tensors[tensor].name
    guard let activation = recipe.activations[name] else { throw .badRecipe("has no scale for tensor \"\(name)\"") }
    guard activation.scale > 0, activation.scale.isFinite, (-128...127).contains(activation.zeroPoint) else {
      throw .badRecipe("scale or zero point of tensor \"\(name)\" is out of range")
    }
    return QuantParams(scale: activation.scale, zeroPoint: activation.zeroPoint)
  }

  private mutating func addCodes(_ tensor: Int, _ params: QuantParams? = nil) throws(QuantError) -> Int {
    let params = if let params { params } else { try self.params(tensor) }
    return graph.add(
      Graph.Tensor(
        name: source.tensors[tensor].name, dataType: .int8, shape: source.tensors[tensor].shape,
        quantization: Graph.Quantization(scale: params.scale, zeroPoint: params.zeroPoint)))
  }

  /// A tensor at the network's boundary keeps its name.
  private mutating func addBoundary(_ tensor: Int, _ type: DataType) throws(QuantError) -> Int {
    let params = try params(tensor)
    return graph.add(
      Graph.Tensor(
        name: source.tensors[tensor].name, dataType: type, shape: source.tensors[tensor].shape,
        quantization: Graph.Quantization(
          scale: params.scale, zeroPoint: params.zeroPoint + (type == .uint8 ? 128 : 0))))
  }

  private mutating func addConversion(_ name: String, from: Int, to: Int, _ node: Graph.Source) {
    graph.nodes.append(
      Graph.Node(name, name: graph.tensors[to].name, inputs: [from], outputs: [to], source: node))
  }

  /// The int8 form of an activation, computed now if there is none.
  private mutating func int8(_ tensor: Int, _ node: Graph.Source) throws(QuantError) -> Int {
    if let known = codes[tensor] { return known }
    let added = try addCodes(tensor)
    addConversion("quantize", from: tensor, to: added, node)
    codes[tensor] = added
    return added
  }

  private mutating func needFloat(_ tensor: Int, _ node: Graph.Source) {
    guard !hasFloat.contains(tensor), let codes = codes[tensor] else { return }
    addConversion("dequantize", from: codes, to: tensor, node)
    hasFloat.insert(tensor)
  }

  private mutating func addFloat(_ node: Graph.Node) {
    for case let input? in node.inputs where !source.tensors[input].isConstant { needFloat(input, node.source) }
    graph.nodes.append(node)
    hasFloat.formUnion(node.outputs)
  }

  private mutating func addQuantized(_ node: Graph.Node, _ rule: QuantizationRule) throws(QuantError) {
    var quantized = node
    for case let input? in node.inputs where !source.tensors[input].isConstant {
      // Operands that are not data (indices) are never float.
      if source.tensors[input].dataType != .float32 { needFloat(input, node.source) }
    }
    let outputParams = try node.outputs.map { tensor throws(QuantError) in try params(tensor) }
    for operand in rule.dataInputs(of: node) {
      guard let tensor = node.inputs[operand] else { continue }
      var wanted: QuantParams?
      if case .shared = rule.output { wanted = outputParams.first }
      if source.tensors[tensor].isConstant {
        quantized.inputs[operand] = addConstant(tensor, wanted)
        continue
      }
      var input = try int8(tensor, node.source)
      if let wanted, try params(tensor) != wanted {
        let requantized = try addCodes(tensor, wanted)
        graph.tensors[requantized].name += "/requantized#\(requantized)"
        addConversion("quantize", from: input, to: requantized, node.source)
        input = requantized
      }
      quantized.inputs[operand] = input
    }
    if let form = WeightForm.byOperator[node.operatorName] { try quantizeWeights(&quantized, node, form) }
    for (position, output) in node.outputs.enumerated() {
      let int8 = try addCodes(output, outputParams[position])
      codes[output] = int8
      quantized.outputs[position] = int8
    }
    graph.nodes.append(quantized)
  }

  /// A constant operand of an element-wise node or concatenation.
  private mutating func addConstant(_ tensor: Int, _ wanted: QuantParams?) -> Int {
    let values = source.tensors[tensor].values(as: Float.self)
    let range = ValueRange(minimum: min(values.min() ?? 0, 0), maximum: max(values.max() ?? 0, 0))
    let params = wanted ?? range.int8
    let codes = values.map { value in
      Int8(min(max((value / params.scale).rounded(.toNearestOrAwayFromZero) + Float(params.zeroPoint), -128), 127))
    }
    return graph.add(
      Graph.Tensor(
        name: source.tensors[tensor].name + "/int8#\(graph.tensors.count)", dataType: .int8,
        shape: source.tensors[tensor].shape,
        quantization: Graph.Quantization(scale: params.scale, zeroPoint: params.zeroPoint),
        data: Graph.Tensor.bytes(of: codes)))
  }

  private mutating func quantizeWeights(
    _ quantized: inout Graph.Node, _ node: Graph.Node, _ form: WeightForm
  ) throws(QuantError) {
    let name = source.recipeName(of: node)
    guard let layer = recipe.layers[name] else { throw .badRecipe("has no layer \"\(name)\"") }
    let weights = source.input(form.weightsOperand, of: node)!
    let matrix = WeightMatrix(weights, form)
    let codes = try layer.codes(matrix, name: name)
    let zeros = [Int32](repeating: 0, count: matrix.channelCount)
    quantized.inputs[form.weightsOperand] = graph.add(
      Graph.Tensor(
        name: weights.name + "/int8#\(graph.tensors.count)", dataType: .int8, shape: weights.shape,
        quantization: Graph.Quantization(scales: layer.weightScales, zeroPoints: zeros, axis: form.channelAxis),
        data: Graph.Tensor.bytes(of: matrix.stored(codes))))

    let x = node.inputs[form.xOperand]!
    let inputScale = Double(try params(x).scale)
    let correction = layer.biasCorrection ?? zeros
    guard correction.count == matrix.channelCount else {
      throw .badRecipe("layer \"\(name)\" corrects \(correction.count) biases of \(matrix.channelCount)")
    }
    let bias = source.input(form.biasOperand, of: node)
    guard bias != nil || layer.biasCorrection != nil else { return }
    let values = bias?.values(as: Float.self) ?? []
    let codesOfBias = (0..<matrix.channelCount).map { c in
      let code = values.isEmpty ? 0 : (Double(values[c]) / (inputScale * Double(layer.weightScales[c]))).rounded()
      return Int32(min(max(code + Double(correction[c]), -Double(1 << 30)), Double(1 << 30)))
    }
    let tensor = graph.add(
      Graph.Tensor(
        name: (bias?.name ?? name + "/bias") + "/int32#\(graph.tensors.count)", dataType: .int32,
        shape: Shape([matrix.channelCount]),
        quantization: Graph.Quantization(
          scales: layer.weightScales.map { Float(inputScale * Double($0)) }, zeroPoints: zeros, axis: 0),
        data: Graph.Tensor.bytes(of: codesOfBias)))
    while quantized.inputs.count <= form.biasOperand { quantized.inputs.append(nil) }
    quantized.inputs[form.biasOperand] = tensor
  }
}

extension Graph {
  /// For nodes that convert at the network's boundary.
  fileprivate var sourceOfBoundary: Source {
    Source(index: nodes.last?.source.index ?? 0, operatorName: "BOUNDARY", inputs: [], outputs: [])
  }
}
