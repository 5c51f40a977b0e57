import EdgeTensor

/// What a float network answers to samples, in its decisive tensors.
struct Answers {
  /// The values of the tensors, in order of execution.
  private var bySample: [[Float]]

  /// - Parameters:
  ///   - tensors: numbers in the compiled graph; float32.
  ///   - rounding: tensors that are rounded to codes as the network runs.
  init(
    _ compiled: CompiledGraph, of tensors: Set<Int>, _ set: CalibrationSet, _ workers: Workers,
    rounding: [Int: QuantParams] = [:]
  ) throws(QuantError) {
    let run = try CalibrationRun(compiled, set, workers)
    bySample = [[Float]](repeating: [], count: set.count)
    try bySample.withEach { bySample throws(QuantError) in
      try run { _, sample, tensor, bytes in
        let values = bytes.bindMemory(to: Float.self)
        if let params = rounding[tensor] { values.round(to: params) }
        if tensors.contains(tensor) { bySample[sample] += values }
      }
    }
  }

  /// With those of another network for signal, and the differences for noise.
  func energy(beside original: Answers) -> NetworkPair.Energy {
    var energy = NetworkPair.Energy()
    for (answer, wanted) in zip(bySample, original.bySample) {
      for (value, wanted) in zip(answer, wanted) {
        energy.signal += Double(wanted) * Double(wanted)
        energy.noise += Double(value - wanted) * Double(value - wanted)
      }
    }
    return energy
  }
}
