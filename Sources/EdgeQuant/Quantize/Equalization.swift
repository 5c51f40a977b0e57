import EdgeTensor
import Foundation

extension Graph {
  /// By name of a layer's output: what to divide its channels by, so that all channels of an activation use its range and the weights
  /// that read them are of like size; nil if nothing can be equalized.
  ///
  /// After Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019. Weights have a scale for each
  /// output channel here, so what is balanced are the activation's channels against the reading layers' input channels.
  func equalization(_ ranges: [Int: ChannelRanges], _ floatLayers: Set<String>) -> [String: [Float]]? {
    var result: [String: [Float]] = [:]
    for node in nodes {
      guard let form = WeightForm.byOperator[node.operatorName], !floatLayers.contains(recipeName(of: node)),
        ["none", "relu"].contains(node.attributes.text("activation") ?? "none"), let output = node.outputs.first,
        let range = ranges[output], let readers = equalizedReaders(of: output),
        let weights = input(form.weightsOperand, of: node), weights.shape?[form.channelAxis] == range.minimum.count
      else { continue }
      let channelCount = range.minimum.count
      // Scales of a depthwise layer follow its channels: it takes any input alike.
      let others = readers.map { nodes[$0] }.filter { $0.operatorName != "depthwise_conv_2d" }
      let magnitudes = others.map { inputMagnitudes($0, channelCount: channelCount) }
      let reading = magnitudes.reduce([Float](repeating: others.isEmpty ? 1 : 0, count: channelCount)) {
        zip($0, $1).map(max)
      }
      let factors = Graph.factors(
        (0..<channelCount).map { range.magnitude(channel: $0) }, reading, exponent: others.isEmpty ? 1 : 0.5)
      if factors.contains(where: { $0 != 1 }) { result[tensors[output].name] = factors }
    }
    return result.isEmpty ? nil : result
  }

  /// (activation / weight)^exponent of each channel over its geometric mean.
  private static func factors(_ activation: [Float], _ reading: [Float], exponent: Float) -> [Float] {
    // Channels that are always 0, or that nobody reads, stay as they are.
    let logarithms = zip(activation, reading).map { $0 > 0 && $1 > 0 ? exponent * (log2($0) - log2($1)) : nil }
    let known = logarithms.compactMap { $0 }
    guard !known.isEmpty else { return activation.map { _ in 1 } }
    let mean = known.reduce(0, +) / Float(known.count)
    // Powers of two leave every product of the float network as it was.
    return logarithms.map { $0.map { exp2(min(max(($0 - mean).rounded(), -20), 20)) } ?? 1 }
  }

  /// The layers with weights that read a tensor, or nil if something else does.
  private func equalizedReaders(of tensor: Int) -> [Int]? {
    guard !outputs.contains(tensor) else { return nil }
    var readers: [Int] = []
    for (index, node) in nodes.enumerated() where node.inputs.contains(tensor) {
      switch node.operatorName {
      case "conv_2d", "depthwise_conv_2d", "fully_connected":
        guard node.inputs[0] == tensor, node.inputs.count(where: { $0 == tensor }) == 1,
          quantizationRule(of: node) != nil, isUngrouped(node)
        else { return nil }
        readers.append(index)
      // These leave channels apart and commute with a positive factor; zero padding stays zero.
      case "max_pool_2d", "average_pool_2d", "pad":
        guard (node.attributes.text("activation") ?? "none") != "relu6",
          let behind = equalizedReaders(of: node.outputs[0])
        else { return nil }
        readers += behind
      default: return nil
      }
    }
    return readers.isEmpty ? nil : readers
  }

  private func isUngrouped(_ node: Node) -> Bool {
    guard node.operatorName == "conv_2d" else { return true }
    return input(0, of: node)?.shape?.dimensions.last == input(1, of: node)?.shape?.dimensions.last
  }

  /// Largest weight magnitude by input channel, the last axis of the weights.
  private func inputMagnitudes(_ node: Node, channelCount: Int) -> [Float] {
    guard let weights = input(1, of: node) else { return [] }
    let values = weights.values(as: Float.self)
    // A dense layer behind a flattening reads channel k mod channelCount.
    var magnitudes = [Float](repeating: 0, count: channelCount)
    for (index, value) in values.enumerated() {
      magnitudes[index % channelCount] = max(magnitudes[index % channelCount], abs(value))
    }
    return magnitudes
  }

  /// Divides channels of layers' outputs and multiplies the weights that read them.
  /// - Throws: `badRecipe` if a name or count fits no layer.
  mutating func equalize(_ equalization: [String: [Float]]) throws(QuantError) {
    for (name, factors) in equalization.sorted(by: { $0.key < $1.key }) {
      guard let index = nodes.firstIndex(where: { recipeName(of: $0) == name }),
        let form = WeightForm.byOperator[nodes[index].operatorName],
        let readers = equalizedReaders(of: nodes[index].outputs[0]),
        let weights = input(form.weightsOperand, of: nodes[index]), weights.shape?[form.channelAxis] == factors.count,
        factors.allSatisfy({ $0 > 0 && $0.isFinite })
      else { throw .badRecipe("equalization of \"\(name)\" fits no layer of the network") }
      scale(nodes[index], form.weightsOperand, form) { 1 / factors[$0] }
      if form.biasOperand < nodes[index].inputs.count, nodes[index].inputs[form.biasOperand] != nil {
        rewrite(index, form.biasOperand) { element, value in value / factors[element] }
      }
      for reader in readers {
        let multiplier = depthMultiplier(nodes[reader], factors.count)
        rewrite(reader, 1) { element, value in
          value * factors[multiplier.map { element % (factors.count * $0) / $0 } ?? element % factors.count]
        }
      }
    }
  }

  /// Of a depthwise layer; nil for others, whose last axis counts input channels.
  private func depthMultiplier(_ node: Node, _ channelCount: Int) -> Int? {
    guard node.operatorName == "depthwise_conv_2d", let outputs = input(1, of: node)?.shape?[3] else { return nil }
    return max(outputs / channelCount, 1)
  }

  private mutating func scale(_ node: Node, _ operand: Int, _ form: WeightForm, _ factor: (Int) -> Float) {
    guard let index = nodes.firstIndex(where: { $0.outputs == node.outputs }),
      let shape = input(operand, of: node)?.shape
    else { return }
    let step = shape.strides[form.channelAxis]
    let count = shape[form.channelAxis]
    rewrite(index, operand) { element, value in value * factor(element / step % count) }
  }

  /// Gives a node its own copy of a constant with other values, since nodes may share it.
  private mutating func rewrite(_ node: Int, _ operand: Int, _ value: (Int, Float) -> Float) {
    guard let tensor = nodes[node].inputs[operand] else { return }
    var copy = tensors[tensor]
    copy.data = Graph.Tensor.bytes(of: copy.values(as: Float.self).enumerated().map { value($0.offset, $0.element) })
    copy.name += "/equalized#\(tensors.count)"
    nodes[node].inputs[operand] = add(copy)
  }
}
