import EdgeTensor

/// Which channels of a network can only be removed together.
///
/// Every index along the last axis of a float activation carries the number of a *unit*. Additions tie the units of their operands,
/// concatenations put them one after the other, a flattening repeats them. A unit is removed everywhere or nowhere; one that reaches an
/// output of the network, or an operator that mixes channels in a way not known here, is never removed.
struct ChannelUnits {
  /// By tensor: the unit of each channel; empty for constants and for what is not float32.
  private(set) var labels: [[Int]]
  /// Removable units that the same layers compute, in order, each list at least two long.
  private(set) var groups: [[Int]] = []

  init(_ graph: Graph) {
    var builder = ChannelUnitBuilder(graph)
    builder.build()
    labels = builder.labels.map { $0.map(builder.root) }
    groups = builder.groups
  }

  /// The units that remain when some are removed.
  func removing(_ removed: Set<Int>) -> ChannelUnits {
    var units = self
    units.labels = labels.map { $0.filter { !removed.contains($0) } }
    units.groups = groups.map { $0.filter { !removed.contains($0) } }
    return units
  }

  /// The unit behind each of the `count` inputs of a layer with weights that reads `tensor`; a dense layer may flatten it.
  func inputs(_ tensor: Int, count: Int) -> [Int] {
    let channels = labels[tensor]
    return channels.isEmpty ? [] : (0..<count).map { channels[$0 % channels.count] }
  }
}

private struct ChannelUnitBuilder {
  let graph: Graph
  var labels: [[Int]]
  private var parent: [Int] = []
  private var isFrozen: [Bool] = []
  /// The units that each layer with weights makes.
  private var made: [[Int]] = []

  init(_ graph: Graph) {
    self.graph = graph
    labels = Array(repeating: [], count: graph.tensors.count)
  }

  func root(_ unit: Int) -> Int {
    var unit = unit
    while parent[unit] != unit { unit = parent[unit] }
    return unit
  }

  mutating func build() {
    for input in graph.inputs { addFrozen(input) }
    for node in graph.nodes { add(node) }
    for output in graph.outputs { freeze(output) }
  }

  /// Sets of units tied by a common maker, without those that must stay.
  var groups: [[Int]] {
    var first = Array(parent.indices)
    func top(_ unit: Int) -> Int {
      var unit = unit
      while first[unit] != unit { unit = first[unit] }
      return unit
    }
    for units in made {
      let roots = units.map(root)
      guard let lowest = roots.map(top).min() else { continue }
      for unit in roots { first[top(unit)] = lowest }
    }
    var groups: [Int: Set<Int>] = [:]
    for unit in made.joined().map(root) where !isFrozen[unit] { groups[top(unit), default: []].insert(unit) }
    return groups.sorted { $0.key < $1.key }.map { $0.value.sorted() }.filter { $0.count > 1 }
  }

  private func channelCount(_ tensor: Int) -> Int { graph.tensors[tensor].shape?.dimensions.last ?? 0 }

  private func isActivation(_ tensor: Int) -> Bool {
    !graph.tensors[tensor].isConstant && graph.tensors[tensor].dataType == .float32
  }

  private mutating func fresh(_ count: Int, isFrozen frozen: Bool) -> [Int] {
    let units = Array(parent.count..<parent.count + count)
    parent += units
    isFrozen += Array(repeating: frozen, count: count)
    return units
  }

  private mutating func tie(_ a: Int, _ b: Int) {
    let (low, high) = (min(root(a), root(b)), max(root(a), root(b)))
    parent[high] = low
    isFrozen[low] = isFrozen[low] || isFrozen[high]
  }

  private mutating func freeze(_ tensor: Int) {
    for unit in labels[tensor] { isFrozen[root(unit)] = true }
  }

  private mutating func addFrozen(_ tensor: Int) {
    if isActivation(tensor) { labels[tensor] = fresh(channelCount(tensor), isFrozen: true) }
  }

  private mutating func add(_ node: Graph.Node) {
    guard let output = node.outputs.first, node.outputs.count == 1, isActivation(output), handles(node, output) else {
      for case let input? in node.inputs { freeze(input) }
      for output in node.outputs { addFrozen(output) }
      return
    }
  }

  /// - Returns: whether the operator is one whose channels are understood.
  private mutating func handles(_ node: Graph.Node, _ output: Int) -> Bool {
    guard let x = node.inputs.first ?? nil, graph.tensors[x].shape != nil, graph.tensors[output].shape != nil else {
      return false
    }
    switch node.operatorName {
    case "conv_2d", "fully_connected": return addLayer(node, x, output)
    case "depthwise_conv_2d": return addDepthwise(node, x, output)
    case "add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "prelu":
      return addElementwise(node, output)
    case "concatenation": return addConcatenation(node, output)
    case "mean", "sum", "reduce_max", "reduce_min":
      guard let axes = graph.constantInts(node.inputs.count > 1 ? node.inputs[1] : nil),
        let rank = graph.tensors[x].shape?.rank, !axes.contains(where: { $0 == rank - 1 || $0 == -1 })
      else { return false }
      return pass(x, output)
    case "pad", "padv2", "mirror_pad":
      guard let pads = graph.constantInts(node.inputs.count > 1 ? node.inputs[1] : nil),
        pads.suffix(2).allSatisfy({ $0 == 0 })
      else { return false }
      return pass(x, output)
    case "reshape", "squeeze", "expand_dims":
      let (from, to) = (labels[x].count, channelCount(output))
      guard from > 0, to % from == 0, from > 1 || to == 1 else { return false }
      labels[output] = (0..<to).map { labels[x][$0 % from] }
      return true
    case "relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "leaky_relu", "hard_swish", "swish", "elu", "gelu", "logistic",
      "tanh", "sqrt", "rsqrt", "floor", "max_pool_2d", "average_pool_2d", "resize_bilinear", "resize_nearest_neighbor":
      return pass(x, output)
    default: return false
    }
  }

  private mutating func pass(_ x: Int, _ output: Int) -> Bool {
    guard !labels[x].isEmpty, labels[x].count == channelCount(output) else { return false }
    labels[output] = labels[x]
    return true
  }

  private func hasPlainWeights(_ node: Graph.Node) -> Bool {
    guard graph.quantizationRule(of: node) != nil, !node.inputs.dropFirst().contains(where: { $0 == node.inputs[0] })
    else { return false }
    return true
  }

  private mutating func addLayer(_ node: Graph.Node, _ x: Int, _ output: Int) -> Bool {
    guard hasPlainWeights(node), let weights = graph.input(1, of: node)?.shape, !labels[x].isEmpty,
      channelCount(output) == weights[0]
    else { return false }
    let read = weights[weights.rank - 1]
    guard node.operatorName == "conv_2d" ? read == labels[x].count : read % labels[x].count == 0 else { return false }
    labels[output] = fresh(weights[0], isFrozen: false)
    made.append(labels[output])
    return true
  }

  private mutating func addDepthwise(_ node: Graph.Node, _ x: Int, _ output: Int) -> Bool {
    let (inputs, outputs) = (labels[x].count, channelCount(output))
    guard hasPlainWeights(node), inputs > 0, outputs % inputs == 0 else { return false }
    labels[output] = (0..<outputs).map { labels[x][$0 / (outputs / inputs)] }
    return true
  }

  private mutating func addElementwise(_ node: Graph.Node, _ output: Int) -> Bool {
    let count = channelCount(output)
    var first: [Int]?
    for case let input? in node.inputs {
      if graph.tensors[input].isConstant {
        guard [1, count].contains(channelCount(input)) || graph.tensors[input].shape?.rank == 0 else { return false }
        continue
      }
      guard labels[input].count == count else { return false }
      if let first { for (a, b) in zip(first, labels[input]) { tie(a, b) } } else { first = labels[input] }
    }
    guard let first else { return false }
    labels[output] = first
    return true
  }

  private mutating func addConcatenation(_ node: Graph.Node, _ output: Int) -> Bool {
    let inputs = node.inputs.compactMap { $0 }
    guard let rank = graph.tensors[output].shape?.rank, let axis = node.attributes.int("axis") ?? 0 as Int?,
      inputs.allSatisfy({ !labels[$0].isEmpty })
    else { return false }
    if axis == rank - 1 || axis == -1 {
      labels[output] = inputs.flatMap { labels[$0] }
      return true
    }
    guard let first = inputs.first, inputs.allSatisfy({ labels[$0].count == labels[first].count }) else { return false }
    for other in inputs.dropFirst() { for (a, b) in zip(labels[first], labels[other]) { tie(a, b) } }
    labels[output] = labels[first]
    return true
  }
}
