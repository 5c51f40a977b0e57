import EdgeTensor
import Foundation

/// Repairs a changed network as a whole: gradient steps on all weights and biases bring its answers, and what additions or layers in between
/// give, back to the original's (nonlinear least squares; Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network",
/// 2015, without labels). Weights that are 0 stay 0.
///
/// The result depends on the samples, the settings and OpenBLAS's kernels, not on the number of threads.
public struct Refinement {
  public var settings = RefinementSettings()
  public var workers = Workers.all
  /// Called with the done part in 0...1.
  public var progress: (Double) -> Void = { _ in }

  public init() {}

  public struct Outcome {
    /// The repaired network, or the one given if held-out samples do not say that it is better.
    public var graph: Graph
    /// Squared differences of the answer to the original's, over the energy of the original's, on held-out samples.
    public var errorBefore: Double
    public var errorAfter: Double
    public var stepCount: Int

    public var isBetter: Bool { errorAfter < errorBefore }
  }

  /// - Parameters:
  ///   - graph: in source form; activations have the original's numbers.
  ///   - channels: by tensor that lost channels, the original's that are left.
  ///   - learning: what the network learns on.
  ///   - checking: what decides whether it is better.
  /// - Throws: `notDifferentiable` if an operator has no rule for gradients, `calibration` if the network's input is not one of float32.
  public func callAsFunction(
    _ graph: Graph, original: Graph, channels: [Int: [Int]], learning: CalibrationSet, checking: CalibrationSet
  ) throws(QuantError) -> Outcome {
    let run = try RefinementRun(self, graph, original, channels)
    let samples = try SampleStore(learning, original, workers)
    let checks = try SampleStore(checking, original, workers)
    let before = try run.answerError(checks)
    let steps = settings.steps(macs: graph.totalMacs)
    try run.learn(samples, steps: steps, progress: progress)
    let after = try run.answerError(checks)
    return Outcome(
      graph: after < before ? run.result(graph) : graph, errorBefore: before, errorAfter: after, stepCount: steps)
  }
}

extension Graph {
  fileprivate var totalMacs: Int { nodes.reduce(0) { $0 + (macs($1) ?? 0) } }
}

/// Both networks, and memory to run them.
private final class RefinementRun {
  private let settings: RefinementSettings
  private let workers: Workers
  private let present: DifferentiableNetwork
  private let original: DifferentiableNetwork
  private let parameters: FloatBuffer
  private let originalParameters: FloatBuffer
  private var loss: DistillationLoss
  /// The answers' part of the loss, as squared errors.
  private var answerLoss: DistillationLoss
  /// By worker.
  private let frames: [(present: BlockFrame, original: BlockFrame)]
  /// By part of a batch: each part sums its gradients by itself, so that the order of adding does not depend on threads.
  private let gradients: [FloatBuffer]
  private let blockSize: Int

  /// A batch is cut into so many parts, which threads share.
  private static let partCount = 16
  private static let maximumBlockSize = 8
  private static let maximumFrameByteCount = 256 << 20

  init(
    _ refinement: Refinement, _ graph: Graph, _ source: Graph, _ channels: [Int: [Int]]
  ) throws(QuantError) {
    (settings, workers) = (refinement.settings, refinement.workers)
    let answers = source.decisiveTensors.sorted()
    let features = source.featureTensors(settings.features).filter { !answers.contains($0) }
    let observed = answers + features
    let (present, original) = (
      try DifferentiableNetwork(graph, observed: observed), try DifferentiableNetwork(source, observed: observed)
    )
    let softmaxInputs = Set(
      source.nodes.filter { ["softmax", "log_softmax"].contains($0.operatorName) }.compactMap { $0.inputs[0] })
    func terms(_ tensors: [Int], _ weight: Double, _ measure: RefinementSettings.Measure) -> [DistillationLoss.Term] {
      tensors.compactMap { tensor in
        guard let left = present.slotOfTensor[tensor], let all = original.slotOfTensor[tensor] else { return nil }
        return .init(
          present: left, original: all,
          channels: channels[tensor].map { ($0, source.tensors[tensor].shape?.dimensions.last ?? $0.count) },
          weight: weight, measure: measure,
          isCentred: answers.contains(tensor) && softmaxInputs.contains(tensor))
      }
    }
    loss = DistillationLoss(
      terms: terms(answers, settings.answerWeight, settings.answerMeasure)
        + (settings.featureWeight > 0 ? terms(features, settings.featureWeight, .squaredError) : []))
    answerLoss = DistillationLoss(terms: terms(answers, 1, .squaredError))
    (self.present, self.original) = (present, original)
    parameters = FloatBuffer(present.parameters.values)
    originalParameters = FloatBuffer(original.parameters.values)
    let byteCount = present.byteCountPerSample + original.byteCountPerSample
    let blockSize = min(
      max(RefinementRun.maximumFrameByteCount / max(byteCount, 1), 1), RefinementRun.maximumBlockSize)
    self.blockSize = blockSize
    frames = (0..<workers.count).map { _ in
      (BlockFrame(present, capacity: blockSize), BlockFrame(original, capacity: blockSize, isForwardOnly: true))
    }
    gradients = (0..<RefinementRun.partCount).map { _ in FloatBuffer(count: present.parameters.values.count) }
    for frame in frames {
      frame.present.parameters = UnsafePointer(parameters.start)
      frame.original.parameters = UnsafePointer(originalParameters.start)
    }
  }

  /// Calls `body` for blocks of `count` samples, after both networks have run.
  /// - Parameter write: puts one sample into memory.
  private func forEachBlock(
    _ samples: Range<Int>, worker: Int,
    write: (_ place: Int, UnsafeMutablePointer<Float>) throws(QuantError) -> Void,
    _ body: (BlockFrame, BlockFrame) -> Void
  ) throws(QuantError) {
    let (present, original) = frames[worker]
    let input = Slot(index: 0, count: self.present.slots[0].count, needsGradient: false)
    for start in stride(from: samples.lowerBound, to: samples.upperBound, by: blockSize) {
      let count = min(blockSize, samples.upperBound - start)
      (present.sampleCount, original.sampleCount) = (count, count)
      for index in 0..<count { try write(start + index, present.values(input) + index * input.count) }
      original.values(input).update(from: present.values(input), count: count * input.count)
      self.original.forward(original)
      self.present.forward(present)
      body(present, original)
    }
  }

  /// Squared differences of the answer, over the energy of the original's.
  func answerError(_ samples: SampleStore) throws(QuantError) -> Double {
    let answers = answerLoss
    let parts = (samples.count + blockSize - 1) / blockSize
    let sums = try workers.map(parts) { worker, part throws(QuantError) -> (error: Double, energy: Double) in
      var (error, energy) = (0.0, 0.0)
      try self.forEachBlock(
        part * self.blockSize..<min((part + 1) * self.blockSize, samples.count), worker: worker,
        write: { index, place throws(QuantError) in
          let sample = try samples.sample(index, worker: worker)
          sample.withUnsafeBufferPointer { place.update(from: $0.baseAddress!, count: $0.count) }
        }
      ) { present, original in
        error += answers(present, original, sampleCount: 1, addsGradients: false)
        energy += zip(answers.terms, answers.energies(original)).reduce(0) { $0 + $1.0.weight * $1.1 }
      }
      return (error, energy)
    }
    let (error, energy) = sums.reduce((0, 0)) { ($0.0 + $1.error, $0.1 + $1.energy) }
    return energy > 0 ? error / energy : error
  }

  func learn(_ samples: SampleStore, steps: Int, progress: (Double) -> Void) throws(QuantError) {
    try measureEnergies(samples)
    let augmenter = SampleAugmenter(store: samples, augmentation: settings.augmentation, seed: settings.seed)
    var adam = Adam(
      count: parameters.count, momentum: settings.momentum, squareMomentum: settings.squareMomentum)
    let rates = rates
    var random = SeededGenerator(seed: settings.seed)
    var order: [Int] = []
    let batchSize = max(settings.batchSize, 1)
    let partCount = min(RefinementRun.partCount, batchSize)
    for step in 0..<steps {
      progress(Double(step) / Double(steps))
      while order.count < batchSize { order += random.shuffled(samples.count) }
      let batch = Array(order.prefix(batchSize))
      order.removeFirst(batchSize)
      let loss = loss
      _ = try workers.map(partCount) { worker, part throws(QuantError) -> Double in
        let (present, _) = self.frames[worker]
        present.parameterGradients = self.gradients[part].start
        var sum = 0.0
        try self.forEachBlock(
          part * batchSize / partCount..<(part + 1) * batchSize / partCount, worker: worker,
          write: { index, place throws(QuantError) in
            try augmenter.write(batch[index], draw: step * batchSize + index, worker: worker, to: place)
          }
        ) { present, original in
          present.clearGradients()
          sum += loss(present, original, sampleCount: batchSize, addsGradients: true)
          self.present.backward(present)
        }
        return sum
      }
      try adam.step(
        parameters, Array(gradients[..<partCount]), rates: rates, rate: settings.rate(step, of: steps), workers)
    }
    progress(1)
  }

  /// Of samples that are evenly spaced.
  private func measureEnergies(_ samples: SampleStore) throws(QuantError) {
    let count = min(samples.count, 128)
    let current = loss
    let parts = (count + blockSize - 1) / blockSize
    let sums = try workers.map(parts) { worker, part throws(QuantError) -> [Double] in
      var sums = current.terms.map { _ in 0.0 }
      try self.forEachBlock(
        part * self.blockSize..<min((part + 1) * self.blockSize, count), worker: worker,
        write: { index, place throws(QuantError) in
          let sample = try samples.sample(index * samples.count / count, worker: worker)
          sample.withUnsafeBufferPointer { place.update(from: $0.baseAddress!, count: $0.count) }
        }
      ) { _, original in
        for (index, energy) in current.energies(original).enumerated() { sums[index] += energy }
      }
      return sums
    }
    for index in loss.terms.indices {
      loss.terms[index].energy = sums.reduce(0) { $0 + $1[index] } / Double(count)
    }
  }

  /// By parameter: the root mean square of its layer's weights or biases. Weights that are 0 were removed, and stay.
  private var rates: FloatBuffer {
    func size(_ range: Range<Int>) -> Float {
      let squares = range.reduce(0.0) { $0 + Double(parameters.start[$1]) * Double(parameters.start[$1]) }
      return Float((squares / Double(max(range.count, 1))).squareRoot())
    }
    let rates = FloatBuffer(count: parameters.count)
    for (key, range) in present.parameters.ranges {
      let isWeights = key.bias == nil
      var rate = size(range)
      // Biases that begin at 0 have no size of their own.
      if !isWeights, rate == 0 {
        rate = present.parameters.ranges[.init(weights: key.weights, bias: nil)].map(size) ?? 0
      }
      for index in range { rates.start[index] = isWeights && parameters.start[index] == 0 ? 0 : rate }
    }
    return rates
  }

  /// `graph` with the present parameters.
  func result(_ graph: Graph) -> Graph {
    var result = graph
    for (index, node) in graph.nodes.enumerated() {
      guard let form = WeightForm.byOperator[node.operatorName], let weights = node.inputs[form.weightsOperand],
        let range = present.parameters.ranges[.init(weights: weights, bias: nil)]
      else { continue }
      let bias = node.inputs.count > form.biasOperand ? node.inputs[form.biasOperand] : nil
      guard let biasRange = present.parameters.ranges[.init(weights: weights, bias: bias ?? -1)] else { continue }
      let all = UnsafeBufferPointer(start: parameters.start, count: parameters.count)
      var tensor = graph.tensors[weights]
      tensor.data = Graph.Tensor.bytes(of: Array(all[range]))
      let matrix = WeightMatrix(tensor, form)
      result.setWeights(
        index,
        LayerWeights(
          channelCount: matrix.channelCount, depth: matrix.depth, values: matrix.values, bias: Array(all[biasRange])))
    }
    return result
  }
}

extension RefinementSettings {
  /// The rate of one step.
  fileprivate func rate(_ step: Int, of steps: Int) -> Double {
    let done = (Double(step) + 0.5) / Double(steps)
    guard done >= warmUp else { return learningRate * done / warmUp }
    return learningRate * 0.5 * (1 + cos(.pi * (done - warmUp) / (1 - warmUp)))
  }
}

extension Graph {
  fileprivate func featureTensors(_ features: RefinementSettings.Features) -> [Int] {
    let layers = nodes.filter { WeightForm.byOperator[$0.operatorName] != nil }.map { $0.outputs[0] }
    switch features {
    case .none: return []
    case .layers: return layers
    case .sums:
      let sums = nodes.filter {
        $0.operatorName == "add" && $0.inputs.allSatisfy { $0.map { !tensors[$0].isConstant } ?? false }
      }
      return sums.isEmpty ? layers : sums.map { $0.outputs[0] }
    }
  }
}
