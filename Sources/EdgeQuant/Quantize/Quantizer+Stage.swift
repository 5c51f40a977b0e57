import EdgeTensor

extension Quantizer {
  /// One form of the float network, measured on the calibration data, on which decisions are made step by step.
  struct Stage {
    let quantizer: Quantizer
    let graph: Graph
    let compiled: CompiledGraph
    let learning: CalibrationSet
    let checking: CalibrationSet
    /// By tensor.
    let ranges: [Int: ChannelRanges]
    /// By tensor: the number of its set of tensors of one scale.
    let group: [Int?]

    init(
      _ quantizer: Quantizer, _ graph: Graph, _ learning: CalibrationSet, _ checking: CalibrationSet
    ) throws(QuantError) {
      self.quantizer = quantizer
      self.graph = graph
      self.learning = learning
      self.checking = checking
      compiled = try CompiledGraph(graph)
      ranges = try CalibrationRun(compiled, learning, quantizer.workers).channelRanges(graph)
      group = graph.scaleGroups { node in quantizer.floatLayers.contains(graph.recipeName(of: graph.nodes[node])) }
    }

    /// Decides by the extremes of activations and weights alone.
    mutating func plain() throws(QuantError) -> Decision {
      var recipe = QuantizationRecipe()
      let fixed = fixedScales
      let (groupRanges, leastScales) = (groupRanges, leastScales)
      for (tensor, group) in group.enumerated() {
        guard let group, let range = groupRanges[group] else { continue }
        let name = graph.tensors[tensor].name
        if let params = fixed[tensor] {
          recipe.activations[name] = .init(scale: params.scale, zeroPoint: params.zeroPoint, method: "fixed")
        } else {
          let method = isPicture(group) ? "pixels" : RangeMethod.minMax.rawValue
          let params = range.int8(leastScale: leastScales[group] ?? 0)
          recipe.activations[name] = .init(scale: params.scale, zeroPoint: params.zeroPoint, method: method)
        }
      }
      for node in graph.nodes where graph.quantizationRule(of: node) != nil {
        let name = graph.recipeName(of: node)
        var layer = QuantizationRecipe.Layer()
        layer.isFloat = quantizer.floatLayers.contains(name)
        if !layer.isFloat { layer.weightScales = weightScales(node, recipe) }
        if layer.isFloat || !layer.weightScales.isEmpty { recipe.layers[name] = layer }
      }
      var decision = Decision(graph: graph, recipe: recipe)
      decision.sqnr = try sqnr(recipe)
      return decision
    }

    /// Replaces ranges by those of the wanted method, or of the best one.
    func chooseRanges(_ decision: inout Decision) throws(QuantError) {
      guard quantizer.method != .minMax else { return }
      let (groupRanges, leastScales) = (groupRanges, leastScales)
      let run = try CalibrationRun(compiled, learning, quantizer.workers)
      let histograms = try run.histograms(group: group, ranges: groupRanges)
      let fixed = Set(fixedScales.keys.compactMap { group[$0] })
      var candidates: [RangeChoice.Candidate] = []
      for (group, histogram) in histograms.sorted(by: { $0.key < $1.key }) where !fixed.contains(group) {
        if isPicture(group) {
          if let range = groupRanges[group] { candidates += pictureCandidates(group, range) }
          continue
        }
        let methods = quantizer.method.map { [$0] } ?? RangeMethod.allCases
        let tried = methods.map { (method: $0, range: $0.range(histogram)) }
        // What few samples say about the answer counts only among ranges that are good for the tensor over all samples.
        let allowed = 2 * (tried.map { histogram.meanSquaredError($0.range) }.min() ?? 0)
        for (method, range) in tried where histogram.meanSquaredError(range) <= allowed {
          let params = range.int8(leastScale: leastScales[group] ?? 0)
          guard !candidates.contains(where: { $0.group == group && $0.params == params }) else { continue }
          candidates.append(.init(group: group, method: method.rawValue, params: params))
        }
      }
      let best: [Int: RangeChoice.Candidate]
      if quantizer.method == nil {
        let choice = RangeChoice(
          source: graph, compiled: compiled, set: learning, workers: quantizer.workers, group: group)
        best = try choice.best(candidates)
      } else {
        best = Dictionary(candidates.map { ($0.group, $0) }, uniquingKeysWith: { first, _ in first })
      }
      var recipe = decision.recipe
      for (tensor, group) in group.enumerated() {
        guard let group, let chosen = best[group] else { continue }
        recipe.activations[graph.tensors[tensor].name] = .init(
          scale: chosen.params.scale, zeroPoint: chosen.params.zeroPoint, method: chosen.method)
      }
      // Scales of weights depend on those of activations where a bias is large.
      for node in graph.nodes {
        let name = graph.recipeName(of: node)
        guard var layer = recipe.layers[name], !layer.isFloat else { continue }
        layer.weightScales = weightScales(node, recipe)
        recipe.layers[name] = layer
      }
      let sqnr = try sqnr(recipe)
      // One tensor at a time may look better than all of them together are.
      if quantizer.method != nil || sqnr > decision.sqnr { (decision.recipe, decision.sqnr) = (recipe, sqnr) }
    }

    /// Pixels are whole numbers. Where zero lies between two of them, as at 127.5, every pixel lies between two codes of the range that
    /// just holds all, and is off by half a step; with a range a few steps wider the errors are spread, and a third as large in square.
    private func pictureCandidates(_ group: Int, _ range: ValueRange) -> [RangeChoice.Candidate] {
      guard quantizer.method == nil else { return [] }
      return (0...3).map { steps in
        let factor = Float(255 + steps) / 255
        let wider = ValueRange(minimum: range.minimum * factor, maximum: range.maximum * factor)
        return .init(group: group, method: "pixels", params: wider.int8)
      }
    }

    /// Rounds weights and corrects biases, and keeps of both what helps.
    func round(_ decision: inout Decision, _ repairs: Set<Repair>) throws(QuantError) {
      let layers = roundableLayers(decision.recipe)
      let collector = LayerStatisticsCollector(
        graph: graph, compiled: compiled, set: learning, workers: quantizer.workers)
      let isRounded = repairs.contains(.round)
      var (rounded, corrected) = (decision.recipe, decision.recipe)
      var both = decision.recipe
      var done = 0
      try collector(layers) { layer, statistics throws(QuantError) in
        let node = graph.nodes[layer.node]
        let name = graph.recipeName(of: node)
        guard let plain = decision.recipe.layers[name] else { return }
        let rounding = LayerRounding(node, graph, statistics, quantizer.workers)
        corrected.layers[name] = rounding.corrected(plain)
        if isRounded {
          let better = try rounding.rounded(plain)
          rounded.layers[name] = better
          both.layers[name] = rounding.corrected(better)
        }
        done += 1
        quantizer.progress("rounding", 0.5 + 0.4 * Double(done) / Double(layers.count))
      }
      if isRounded { try keep(rounded, .round, &decision) }
      if repairs.contains(.bias) {
        let isRoundingKept = isRounded && decision.repairs.last?.isKept == true
        try keep(isRoundingKept ? both : corrected, .bias, &decision)
      }
    }

    private func keep(_ recipe: QuantizationRecipe, _ repair: Repair, _ decision: inout Decision) throws(QuantError) {
      let outcome = RepairOutcome(repair: repair, before: decision.sqnr, after: try sqnr(recipe))
      if outcome.isKept { (decision.recipe, decision.sqnr) = (recipe, outcome.after) }
      decision.repairs.append(outcome)
    }

    /// Signal to noise of the network's answer.
    func sqnr(_ recipe: QuantizationRecipe) throws(QuantError) -> Double {
      try NetworkPair(graph, float: compiled, recipe).ratio(checking, quantizer.workers)
    }

    private func weightScales(_ node: Graph.Node, _ recipe: QuantizationRecipe) -> [Float] {
      guard let form = WeightForm.byOperator[node.operatorName], let x = node.inputs[form.xOperand],
        let activation = recipe.activations[graph.tensors[x].name],
        let weights = graph.input(form.weightsOperand, of: node)
      else { return [] }
      let bias = graph.input(form.biasOperand, of: node)?.values(as: Float.self)
      return WeightMatrix(weights, form).largestScales(bias: bias, inputScale: activation.scale)
    }

    private func roundableLayers(_ recipe: QuantizationRecipe) -> [LayerStatisticsCollector.Layer] {
      graph.nodes.indices.compactMap { index in
        let node = graph.nodes[index]
        guard let form = WeightForm.byOperator[node.operatorName], let x = node.inputs[form.xOperand],
          let activation = recipe.activations[graph.tensors[x].name],
          recipe.layers[graph.recipeName(of: node)]?.isFloat == false,
          let patches = LayerPatches(node, graph), patches.depth <= LayerStatisticsCollector.maximumDepth
        else { return nil }
        return .init(
          node: index, x: x, quantization: QuantParams(scale: activation.scale, zeroPoint: activation.zeroPoint),
          patches: patches)
      }
    }

    /// Of tensors whose scale the specification fixes.
    private var fixedScales: [Int: QuantParams] {
      var fixed: [Int: QuantParams] = [:]
      for node in graph.nodes where !quantizer.floatLayers.contains(graph.recipeName(of: node)) {
        guard case .fixed(let params)? = graph.quantizationRule(of: node)?.output else { continue }
        for output in node.outputs { fixed[output] = params }
      }
      return fixed
    }

    /// By set: what the operators that read it ask of its scale.
    private var leastScales: [Int: Float] {
      var result: [Int: Float] = [:]
      for node in graph.nodes where !quantizer.floatLayers.contains(graph.recipeName(of: node)) {
        guard let rule = graph.quantizationRule(of: node), rule.leastInputScale > 0 else { continue }
        for tensor in rule.dataInputs(of: node).compactMap({ node.inputs[$0] }) {
          if let group = group[tensor] { result[group] = max(result[group] ?? 0, rule.leastInputScale) }
        }
      }
      return result
    }

    /// By set, over all its tensors.
    private var groupRanges: [Int: ValueRange] {
      var result: [Int: ValueRange] = [:]
      for (tensor, group) in group.enumerated() {
        guard let group, let range = ranges[tensor]?.range else { continue }
        result[group] = result[group]?.union(range) ?? range
      }
      if let input = graph.inputs.first, let group = group[input], let range = quantizer.inputRange {
        result[group] = range
      }
      return result
    }

    private func isPicture(_ group: Int) -> Bool {
      quantizer.inputRange != nil && graph.inputs.first.map { self.group[$0] } == group
    }
  }
}
