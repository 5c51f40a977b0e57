import EdgeTensor

/// How much each layer's own rounding, of its weights and of its outputs, disturbs the network's answer when all else stays float32.
struct Sensitivity {
  /// What rounding one layer does to the answer; the input of a network has no weights.
  struct Disturbance {
    var weights = NetworkPair.Energy()
    var output = NetworkPair.Energy()

    var noise: Double { weights.noise + output.noise }
  }

  let graph: Graph
  let compiled: CompiledGraph
  let set: CalibrationSet
  let workers: Workers

  /// More change the order of layers little and take time for every layer.
  static let sampleCount = 32

  /// - Parameter progress: the done part in 0...1.
  /// - Returns: by recipe name of a node, or of the network's input, of all that the recipe quantizes.
  func callAsFunction(
    _ recipe: QuantizationRecipe, progress: (Double) -> Void
  ) throws(QuantError) -> [String: Disturbance] {
    let set = set.spaced(Sensitivity.sampleCount)
    let decisive = graph.decisiveTensors
    let reference = try Answers(compiled, of: decisive, set, workers)
    func energy(_ compiled: CompiledGraph, _ rounding: [Int: QuantParams] = [:]) throws(QuantError)
      -> NetworkPair.Energy
    {
      try Answers(compiled, of: decisive, set, workers, rounding: rounding).energy(beside: reference)
    }
    var result: [String: Disturbance] = [:]
    for input in graph.inputs where graph.tensors[input].dataType == .float32 {
      let name = graph.tensors[input].name
      guard let params = recipe.activations[name]?.params else { continue }
      result[name] = Disturbance(output: try energy(compiled, [input: params]))
    }
    for (position, node) in graph.nodes.enumerated() {
      let name = graph.recipeName(of: node)
      guard let rule = graph.quantizationRule(of: node), recipe.layers[name]?.isFloat != true else { continue }
      // Codes that are only moved carry the error of whoever made them.
      if case .shared = rule.output, !["average_pool_2d", "resize_bilinear"].contains(node.operatorName) { continue }
      var rounding: [Int: QuantParams] = [:]
      for output in node.outputs { rounding[output] = recipe.activations[graph.tensors[output].name]?.params }
      var disturbance = Disturbance(output: try energy(compiled, rounding))
      if let variant = try roundedWeights(of: node, recipe) {
        disturbance.weights = try energy(try CompiledGraph(variant))
      }
      result[name] = disturbance
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
}

extension QuantizationRecipe.Activation {
  var params: QuantParams { QuantParams(scale: scale, zeroPoint: zeroPoint) }
}
