import EdgeTensor

/// Chooses the range of each set of activations by the error that its rounding alone makes in the network's answer.
struct RangeChoice {
  /// More samples change choices little and take time for every tensor and method.
  static let sampleCount = 48

  let source: Graph
  let compiled: CompiledGraph
  let set: CalibrationSet
  let workers: Workers
  /// By tensor, the number of its set.
  let group: [Int?]

  /// One range to try for one set.
  struct Candidate {
    let group: Int
    /// As recipes name it.
    let method: String
    let params: QuantParams
  }

  /// - Returns: by set, the best of its candidates; the first of equals.
  func best(_ candidates: [Candidate]) throws(QuantError) -> [Int: Candidate] {
    let set = set.spaced(RangeChoice.sampleCount)
    let decisive = source.decisiveTensors
    let workers = Workers(min(workers.count, max(candidates.count, 1)))
    var state: [(GraphExecutor, CalibrationSet.Fill)] = []
    for _ in 0..<workers.count { state.append((try GraphExecutor(compiled), try set.makeFill())) }
    let references = try answers(decisive, set, Workers(min(workers.count, set.count)))
    let errors = try workers.map(candidates.count) { worker, index throws(QuantError) -> Double in
      let (executor, fill) = state[worker]
      let candidate = candidates[index]
      var error = 0.0
      for sample in 0..<set.count {
        var square = 0.0
        try fill(sample, executor)
        try executor.run { tensor, bytes in
          let values = bytes.bindMemory(to: Float.self)
          if group[tensor] == candidate.group { values.round(to: candidate.params) }
          guard let reference = references[sample][tensor] else { return }
          for (value, wanted) in zip(values, reference) { square += Double(value - wanted) * Double(value - wanted) }
        }
        // Lengths, not squares: one odd sample is not to outweigh all others.
        error += square.squareRoot()
      }
      return error
    }
    var best: [Int: (candidate: Candidate, error: Double)] = [:]
    for (candidate, error) in zip(candidates, errors) where error < best[candidate.group]?.error ?? .infinity {
      best[candidate.group] = (candidate, error)
    }
    return best.mapValues { $0.candidate }
  }

  private func answers(
    _ tensors: Set<Int>, _ set: CalibrationSet, _ workers: Workers
  ) throws(QuantError) -> [[Int: [Float]]] {
    let run = try CalibrationRun(compiled, set, workers)
    var bySample = [[Int: [Float]]](repeating: [:], count: set.count)
    try bySample.withEach { bySample throws(QuantError) in
      try run { _, sample, tensor, bytes in
        if tensors.contains(tensor) { bySample[sample][tensor] = Array(bytes.bindMemory(to: Float.self)) }
      }
    }
    return bySample
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Replaces each value by the nearest that an int8 code stands for.
  func round(to params: QuantParams) {
    let (scale, zeroPoint) = (params.scale, Float(params.zeroPoint))
    for index in indices {
      let code = (self[index] / scale).rounded(.toNearestOrAwayFromZero) + zeroPoint
      self[index] = scale * (Swift.min(Swift.max(code, -128), 127) - zeroPoint)
    }
  }
}
