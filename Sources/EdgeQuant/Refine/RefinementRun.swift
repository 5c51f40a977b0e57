import EdgeTensor
import Foundation

/// Both networks, and memory to run them.
final class RefinementRun {
  let settings: RefinementSettings
  private let workers: Workers
  let present: DifferentiableNetwork
  private let original: DifferentiableNetwork
  let parameters: FloatBuffer
  private let originalParameters: FloatBuffer
  private var loss: DistillationLoss
  /// The answers' part of the loss, as squared errors.
  private var answerLoss: DistillationLoss
  /// By worker.
  private let frames: [(present: BlockFrame, original: BlockFrame)]
  /// By part of a batch: each part sums its gradients by itself, so that the order of adding does not depend on threads.
  private let gradients: [FloatBuffer]
  private let blockSize: Int
  /// By tensor of weights that are a matrix: its rows, one for each output channel.
  let matrixRows: [Int: Int]

  /// A batch is cut into so many parts, which threads share.
  private static let partCount = 16
  private static let maximumBlockSize = 8
  private static let maximumFrameByteCount = 128 << 20

  init(
    _ refinement: Refinement, _ graph: Graph, _ source: Graph, _ channels: [Int: [Int]]
  ) throws(QuantError) {
    (settings, workers) = (refinement.settings, refinement.workers)
    let answers = source.decisiveTensors.sorted()
    let features = source.featureTensors.filter { !answers.contains($0) }
    let observed = answers + features
    let (present, original) = (
      try DifferentiableNetwork(graph, observed: observed), try DifferentiableNetwork(source, observed: observed)
    )
    let softmaxInputs = Set(
      source.nodes.filter { ["softmax", "log_softmax"].contains($0.operatorName) }.compactMap { $0.inputs[0] })
    func terms(_ tensors: [Int], _ weight: Double) -> [DistillationLoss.Term] {
      tensors.compactMap { tensor in
        guard let left = present.slotOfTensor[tensor], let all = original.slotOfTensor[tensor] else { return nil }
        return .init(
          present: left, original: all,
          channels: channels[tensor].map { ($0, source.tensors[tensor].shape?.dimensions.last ?? $0.count) },
          weight: weight,
          isCentred: answers.contains(tensor) && softmaxInputs.contains(tensor))
      }
    }
    loss = DistillationLoss(
      terms: terms(answers, settings.answerWeight)
        + (settings.featureWeight > 0 ? terms(features, settings.featureWeight) : []))
    answerLoss = DistillationLoss(terms: terms(answers, 1))
    (self.present, self.original) = (present, original)
    var matrixRows: [Int: Int] = [:]
    for node in graph.nodes where ["conv_2d", "fully_connected"].contains(node.operatorName) {
      if let weights = node.inputs[1] { matrixRows[weights] = graph.tensors[weights].shape?[0] }
    }
    self.matrixRows = matrixRows
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
    let rates = rates
    let orthogonal = settings.isOrthogonal ? orthogonalSteps(rates) : nil
    var adam = Adam(rates: rates, momentum: settings.momentum, squareMomentum: settings.squareMomentum)
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
      let rate = settings.rate(step, of: steps)
      try GradientSum.collect(Array(gradients[..<partCount]), workers)
      try orthogonal?.step(parameters, gradients[0], rate: rate, workers)
      try adam.step(parameters, gradients[0], rate: rate, workers)
      gradients[0].start.update(repeating: 0, count: gradients[0].count)
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
  /// What is compared with the original's beside the answer: what additions give; in a network without any, what every layer gives.
  fileprivate var featureTensors: [Int] {
    let sums = nodes.filter {
      $0.operatorName == "add" && $0.inputs.allSatisfy { $0.map { !tensors[$0].isConstant } ?? false }
    }
    let layers = nodes.filter { WeightForm.byOperator[$0.operatorName] != nil }
    return (sums.isEmpty ? layers : sums).map { $0.outputs[0] }
  }
}
