import EdgeTensor

/// How much the answer of a network depends on its channels and weights: what it would change by, to first order, if one were taken away,
/// squared, on average over samples (the Fisher information of a factor that stands before it; Theis et al., "Faster gaze prediction with
/// dense networks and Fisher pruning", 2018).
struct AnswerSensitivity {
  private let graph: Graph
  private let network: DifferentiableNetwork
  /// Whether a softmax follows, to which a sum that all classes share means nothing.
  private let answers: [(slot: Slot, isCentred: Bool)]
  private let samples: SampleStore
  private let workers: Workers

  /// Random directions of the answer that are followed for each sample.
  private static let directionCount = 2
  /// Threads share so many parts, each of which adds up its samples by itself.
  private static let partCount = 16

  /// - Throws: `notDifferentiable` if an operator has no rule for gradients.
  init(_ graph: Graph, _ set: CalibrationSet, _ workers: Workers) throws(QuantError) {
    (self.graph, self.workers) = (graph, workers)
    let answers = graph.decisiveTensors.sorted()
    network = try DifferentiableNetwork(graph, observed: answers)
    let softmaxInputs = Set(
      graph.nodes.filter { ["softmax", "log_softmax"].contains($0.operatorName) }.compactMap { $0.inputs[0] })
    var slots: [(Slot, Bool)] = []
    for answer in answers {
      if let slot = network.slotOfTensor[answer], slot.needsGradient {
        slots.append((slot, softmaxInputs.contains(answer)))
      }
    }
    self.answers = slots
    samples = try SampleStore(set, graph, workers)
  }

  /// By unit.
  func units(_ units: ChannelUnits) throws(QuantError) -> [Int: Double] {
    // Where layers read a channel, it counts; a depthwise layer passes it on to others.
    let read = Set(
      graph.nodes.filter { ["conv_2d", "fully_connected"].contains($0.operatorName) }.compactMap { $0.inputs[0] }
    ).sorted().compactMap { tensor in
      network.slotOfTensor[tensor].flatMap { $0.needsGradient ? (slot: $0, labels: units.labels[tensor]) : nil }
    }.filter { !$0.labels.isEmpty }
    var placeOfUnit: [Int: Int] = [:]
    let places = read.map { entry in
      entry.labels.map { unit in
        let place = placeOfUnit[unit] ?? placeOfUnit.count
        placeOfUnit[unit] = place
        return place
      }
    }
    let count = placeOfUnit.count
    let sums = try sum(count) { frame, _, total in
      var changes = [Double](repeating: 0, count: count)
      for (entry, places) in zip(read, places) {
        let (values, gradients) = (frame.values(entry.slot), frame.gradients(entry.slot))
        for start in stride(from: 0, to: entry.slot.count, by: places.count) {
          for (channel, place) in places.enumerated() {
            changes[place] += Double(values[start + channel] * gradients[start + channel])
          }
        }
      }
      for (place, change) in changes.enumerated() { total[place] += change * change }
    }
    return placeOfUnit.mapValues { sums[$0] }
  }

  /// By node and block of its weights.
  func blocks(_ blocks: [Int: WeightBlocks]) throws(QuantError) -> [Int: [Double]] {
    var layers: [(node: Int, start: Int, range: Range<Int>, blockOfWeight: [Int])] = []
    var count = 0
    for (node, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
      guard let weights = graph.nodes[node].inputs[1],
        let range = network.parameters.ranges[.init(weights: weights, bias: nil)]
      else { continue }
      layers.append((node, count, range, blocks.blockOfWeight))
      count += blocks.count
    }
    let values = network.parameters.values
    let sums = try sum(count) { _, gradients, total in
      var changes = [Double](repeating: 0, count: count)
      for layer in layers {
        for (index, parameter) in layer.range.enumerated() {
          changes[layer.start + layer.blockOfWeight[index]] += Double(values[parameter] * gradients[parameter])
        }
      }
      for (place, change) in changes.enumerated() { total[place] += change * change }
    }
    var result: [Int: [Double]] = [:]
    for layer in layers { result[layer.node] = Array(sums[layer.start..<layer.start + blocks[layer.node]!.count]) }
    return result
  }

  /// Means over samples and directions of what `measure` adds to `count` numbers, given activations with their gradients, and the gradients
  /// of parameters.
  private func sum(
    _ count: Int, _ measure: (BlockFrame, UnsafePointer<Float>, inout [Double]) -> Void
  ) throws(QuantError) -> [Double] {
    let parameters = FloatBuffer(network.parameters.values)
    let input = Slot(index: 0, count: network.slots[0].count, needsGradient: false)
    let states = (0..<workers.count).map { _ in
      (frame: BlockFrame(network, capacity: 1), gradients: FloatBuffer(count: network.parameters.values.count))
    }
    let partCount = min(AnswerSensitivity.partCount, samples.count)
    let parts = try workers.map(partCount) { worker, part throws(QuantError) -> [Double] in
      let (frame, gradients) = states[worker]
      (frame.parameters, frame.parameterGradients) = (UnsafePointer(parameters.start), gradients.start)
      frame.sampleCount = 1
      var total = [Double](repeating: 0, count: count)
      for index in samples.count * part / partCount..<samples.count * (part + 1) / partCount {
        try samples.sample(index, worker: worker).withUnsafeBufferPointer {
          frame.values(input).update(from: $0.baseAddress!, count: $0.count)
        }
        network.forward(frame)
        var random = SeededGenerator(seed: UInt64(index))
        for _ in 0..<AnswerSensitivity.directionCount {
          frame.clearGradients()
          gradients.start.update(repeating: 0, count: gradients.count)
          for (slot, isCentred) in answers {
            let signs = (0..<slot.count).map { _ in Float(2 * random.index(2) - 1) }
            let mean = isCentred ? signs.reduce(0, +) / Float(max(slot.count, 1)) : 0
            for (place, sign) in signs.enumerated() { frame.gradients(slot)[place] = sign - mean }
          }
          network.backward(frame)
          measure(frame, gradients.start, &total)
        }
      }
      return total
    }
    var result = [Double](repeating: 0, count: count)
    for part in parts { for index in result.indices { result[index] += part[index] } }
    let shown = Double(samples.count * AnswerSensitivity.directionCount)
    return result.map { $0 / shown }
  }
}
