import EdgeTensor

/// How much each layer's own rounding, of its weights and its outputs, disturbs the network's answer when all else stays float32.
struct Sensitivity {
  let graph: Graph
  let compiled: CompiledGraph
  let set: CalibrationSet
  let workers: Workers

  /// More change the order of layers little and take time for every layer.
  static let sampleCount = 32

  /// - Parameter progress: the done part in 0...1.
  /// - Returns: by recipe name of a node, or of the network's input, the energies of the answer; of all that the recipe quantizes.
  func callAsFunction(
    _ recipe: QuantizationRecipe, progress: (Double) -> Void
  ) throws(QuantError) -> [String: NetworkPair.Energy] {
    let set = set.spaced(Sensitivity.sampleCount)
    let reference = try answers(compiled, set, rounding: [:])
    var result: [String: NetworkPair.Energy] = [:]
    for input in graph.inputs where graph.tensors[input].dataType == .float32 {
      let name = graph.tensors[input].name
      guard let params = recipe.activations[name]?.params else { continue }
      result[name] = energy(try answers(compiled, set, rounding: [input: params]), reference)
    }
    for (position, node) in graph.nodes.enumerated() {
      let name = graph.recipeName(of: node)
      guard let rule = graph.quantizationRule(of: node), recipe.layers[name]?.isFloat != true else { continue }
      // Codes that are only moved carry the error of whoever made them.
      if case .shared = rule.output, !["average_pool_2d", "resize_bilinear"].contains(node.operatorName) { continue }
      var rounding: [Int: QuantParams] = [:]
      for output in node.outputs { rounding[output] = recipe.activations[graph.tensors[output].name]?.params }
      let variant = try roundedWeights(of: node, recipe).map { graph throws(QuantError) in try CompiledGraph(graph) }
      result[name] = energy(try answers(variant ?? compiled, set, rounding: rounding), reference)
      progress(Double(position + 1) / Double(graph.nodes.count))
    }
    return result
  }

  /// The graph with the weights of one node as their codes have them; nil if it has none.
  private func roundedWeights(of node: Graph.Node, _ recipe: QuantizationRecipe) throws(QuantError) -> Graph? {
    let name = graph.recipeName(of: node)
    guard let form = WeightForm.byOperator[node.operatorName], let layer = recipe.layers[name],
      let tensor = node.inputs[form.weightsOperand]
    else { return nil }
    let matrix = WeightMatrix(graph.tensors[tensor], form)
    let codes = try layer.codes(matrix, name: name)
    var values = matrix.values
    for channel in 0..<matrix.channelCount {
      for index in channel * matrix.depth..<(channel + 1) * matrix.depth {
        values[index] = layer.weightScales[channel] * Float(codes[index])
      }
    }
    var variant = graph
    variant.tensors[tensor].data = Graph.Tensor.bytes(of: matrix.stored(values))
    return variant
  }

  /// By sample: the values of the decisive tensors, one after the other, where the given tensors are rounded.
  private func answers(
    _ compiled: CompiledGraph, _ set: CalibrationSet, rounding: [Int: QuantParams]
  ) throws(QuantError) -> [[Float]] {
    let decisive = graph.decisiveTensors
    let run = try CalibrationRun(compiled, set, workers)
    var answers = [[Float]](repeating: [], count: set.count)
    try answers.withEach { answers throws(QuantError) in
      try run { _, sample, tensor, bytes in
        let values = bytes.bindMemory(to: Float.self)
        if let params = rounding[tensor] { values.round(to: params) }
        if decisive.contains(tensor) { answers[sample] += values }
      }
    }
    return answers
  }

  private func energy(_ answers: [[Float]], _ reference: [[Float]]) -> NetworkPair.Energy {
    var energy = NetworkPair.Energy()
    for (answer, wanted) in zip(answers, reference) {
      for (value, wanted) in zip(answer, wanted) {
        energy.signal += Double(wanted) * Double(wanted)
        energy.noise += Double(value - wanted) * Double(value - wanted)
      }
    }
    return energy
  }
}

extension QuantizationRecipe.Activation {
  var params: QuantParams { QuantParams(scale: scale, zeroPoint: zeroPoint) }
}
