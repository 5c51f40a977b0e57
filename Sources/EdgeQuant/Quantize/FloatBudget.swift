/// Leaves layers in float32, those that disturb the answer most first, until the network is as good as was asked.
struct FloatBudget {
  /// One rounding, and the layers that all have to be float32 to be rid of it.
  struct Step {
    /// By recipe name. One layer for its weights; for an activation those that make it and those that read it.
    let layers: [String]
    /// Energy that it adds to the answer's error.
    let noise: Double
  }

  /// Layers in the order in which they are left in float32, in groups that only help together.
  private let order: [[String]]

  init(_ steps: [Step]) {
    let ranked = steps.filter { $0.noise > 0 && !$0.layers.isEmpty }
      .sorted { ($1.noise, $0.layers[0]) < ($0.noise, $1.layers[0]) }
    var seen: Set<String> = []
    order = ranked.map { step in step.layers.filter { seen.insert($0).inserted } }.filter { !$0.isEmpty }
  }

  /// - Parameter isMet: whether the network of a recipe is good enough; may be slow.
  /// - Returns: a good enough recipe that is none any more if one of its float layers becomes int8; nil if none is.
  func recipe(
    from recipe: QuantizationRecipe, _ isMet: (QuantizationRecipe) throws(QuantError) -> Bool
  ) throws(QuantError) -> QuantizationRecipe? {
    if try isMet(recipe) { return recipe }
    guard !order.isEmpty else { return nil }
    func layers(_ count: Int) -> [String] { order.prefix(count).flatMap { $0 } }
    // Doubling finds a number of steps that is enough, halving the smallest.
    var (tooFew, enough) = (0, 1)
    while true {
      if try isMet(leavingFloat(layers(enough), recipe)) { break }
      guard enough < order.count else { return nil }
      (tooFew, enough) = (enough, min(2 * enough, order.count))
    }
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      if try isMet(leavingFloat(layers(middle), recipe)) { enough = middle } else { tooFew = middle }
    }
    // Each was measured with all others float32: together they may be more than are needed. Those that matter least are tried first.
    var float = layers(enough)
    for name in float.reversed() where float.count > 1 {
      let fewer = float.filter { $0 != name }
      if try isMet(leavingFloat(fewer, recipe)) { float = fewer }
    }
    return leavingFloat(float, recipe)
  }

  private func leavingFloat(_ layers: [String], _ recipe: QuantizationRecipe) -> QuantizationRecipe {
    var recipe = recipe
    for name in layers { recipe.layers[name, default: .init()].isFloat = true }
    return recipe
  }
}

extension FloatBudget {
  /// - Parameter sensitivity: by recipe name.
  init(_ graph: Graph, _ sensitivity: [String: Sensitivity.Disturbance]) {
    var steps: [Step] = []
    let group = graph.scaleGroups { _ in false }
    // By set of activations of one scale.
    var noise: [Int: Double] = [:]
    var layers: [Int: [String]] = [:]
    for input in graph.inputs {
      guard let group = group[input] else { continue }
      noise[group, default: 0] += sensitivity[graph.tensors[input].name]?.output.noise ?? 0
    }
    for node in graph.nodes where graph.quantizationRule(of: node) != nil {
      let name = graph.recipeName(of: node)
      steps.append(Step(layers: [name], noise: sensitivity[name]?.weights.noise ?? 0))
      if let group = node.outputs.first.flatMap({ group[$0] }) {
        noise[group, default: 0] += sensitivity[name]?.output.noise ?? 0
      }
      let touched = Set((node.inputs.compactMap { $0 } + node.outputs).compactMap { group[$0] })
      for group in touched { layers[group, default: []].append(name) }
    }
    steps += noise.map { Step(layers: layers[$0.key] ?? [], noise: $0.value) }
    self.init(steps)
  }
}
