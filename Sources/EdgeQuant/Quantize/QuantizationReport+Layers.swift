import EdgeTensor

extension QuantizationReport {
  /// Bars of a layer's histogram.
  private static let barCount = 64

  /// Fills in what is known of each layer.
  public mutating func setLayers(_ decision: Quantizer.Decision, _ measurement: Quantizer.Measurement) {
    let graph = decision.graph
    let total = measurement.sensitivity.values.reduce(0) { $0 + $1.noise }
    func share(_ name: String) -> Double { total > 0 ? (measurement.sensitivity[name]?.noise ?? 0) / total : 0 }
    layers = []
    for input in graph.inputs where graph.tensors[input].dataType == .float32 {
      layers.append(layer(input, "input", nil, decision, measurement, share(graph.tensors[input].name)))
    }
    for node in graph.nodes where graph.quantizationRule(of: node) != nil {
      guard let output = node.outputs.first else { continue }
      layers.append(layer(output, node.operatorName, node, decision, measurement, share(graph.recipeName(of: node))))
    }
  }

  private func layer(
    _ tensor: Int, _ operatorName: String, _ node: Graph.Node?, _ decision: Quantizer.Decision,
    _ measurement: Quantizer.Measurement, _ share: Double
  ) -> Layer {
    let graph = decision.graph
    let name = graph.tensors[tensor].name
    let recipe = decision.recipe.layers[name]
    let activation = decision.recipe.activations[name]
    let clipped = measurement.clipped[tensor]
    let sqnr = measurement.energies[tensor]?.sqnr
    let weights = weights(node, recipe, graph)
    return Layer(
      name: name, operatorName: operatorName, shape: graph.tensors[tensor].shape?.dimensions ?? [],
      isFloat: recipe?.isFloat ?? false, sqnr: sqnr.flatMap { $0.isFinite ? $0 : nil }, errorShare: share,
      clipped: clipped.map { $0.total > 0 ? Double($0.count) / Double($0.total) : 0 } ?? 0,
      observed: measurement.ranges[tensor]?.range ?? ValueRange(minimum: 0, maximum: 0),
      range: activation?.range ?? ValueRange(minimum: 0, maximum: 0), method: activation?.method ?? "",
      histogram: bars(measurement.histograms[tensor]), macs: node.flatMap(graph.macs) ?? 0, weightBytes: weights.bytes,
      movedWeights: weights.moved)
  }

  private func bars(_ histogram: Histogram?) -> [Int] {
    guard let histogram else { return [] }
    let step = Histogram.binCount / QuantizationReport.barCount
    return (0..<QuantizationReport.barCount).map { bar in
      Int(histogram.counts[bar * step..<(bar + 1) * step].reduce(0, +))
    }
  }

  private func weights(
    _ node: Graph.Node?, _ layer: QuantizationRecipe.Layer?, _ graph: Graph
  ) -> (bytes: Int, moved: Double) {
    guard let node, let form = WeightForm.byOperator[node.operatorName],
      let tensor = graph.input(form.weightsOperand, of: node), let count = tensor.shape?.elementCount
    else { return (0, 0) }
    guard let layer, !layer.isFloat, layer.rounding != nil else {
      return (layer?.isFloat == true ? 4 * count : count, 0)
    }
    let matrix = WeightMatrix(tensor, form)
    guard let codes = try? layer.codes(matrix, name: "") else { return (count, 0) }
    let moved = zip(codes, matrix.nearestCodes(layer.weightScales)).count { $0 != $1 }
    return (count, Double(moved) / Double(max(count, 1)))
  }
}

extension Graph {
  /// Multiplications of a node with weights for one inference; nil for others.
  func macs(_ node: Node) -> Int? {
    guard let form = WeightForm.byOperator[node.operatorName],
      let weights = input(form.weightsOperand, of: node)?.shape, let output = node.outputs.first,
      let positions = (node.operatorName == "transpose_conv" ? input(form.xOperand, of: node) : tensors[output])?.shape,
      let channels = positions.dimensions.last, channels > 0
    else { return nil }
    return positions.elementCount / channels * weights.elementCount
  }
}
