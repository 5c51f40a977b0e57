import EdgeTensor

/// How far the answer of a changed network is from the original's on samples that repairs did not see.
struct NetworkDrift {
  private let set: CalibrationSet
  private let workers: Workers
  private let decisive: [Int]
  /// By sample and decisive tensor.
  private let answers: [[[Float]]]
  private let signal: Double

  init(_ graph: Graph, _ set: CalibrationSet, _ workers: Workers) throws(QuantError) {
    (self.set, self.workers) = (set, workers)
    decisive = graph.decisiveTensors.sorted()
    answers = try NetworkDrift.answers(CompiledGraph(graph), decisive, set, workers)
    signal = answers.joined().joined().reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// Energy of the differences over that of the original's answers. Tensors keep their numbers while a network is pruned.
  func callAsFunction(_ graph: Graph) throws(QuantError) -> Double {
    let changed = try NetworkDrift.answers(CompiledGraph(graph), decisive, set, workers)
    var noise = 0.0
    for (sample, wanted) in zip(changed, answers) {
      for (values, wanted) in zip(sample, wanted) {
        for (value, wanted) in zip(values, wanted) { noise += Double(value - wanted) * Double(value - wanted) }
      }
    }
    return signal > 0 ? noise / signal : noise
  }

  private static func answers(
    _ compiled: CompiledGraph, _ tensors: [Int], _ set: CalibrationSet, _ workers: Workers
  ) throws(QuantError) -> [[[Float]]] {
    let run = try CalibrationRun(compiled, set, workers)
    var bySample = [[[Float]]](repeating: Array(repeating: [], count: tensors.count), count: set.count)
    try bySample.withEach { bySample throws(QuantError) in
      try run { _, sample, tensor, bytes in
        guard let place = tensors.firstIndex(of: tensor) else { return }
        bySample[sample][place] = Array(bytes.bindMemory(to: Float.self))
      }
    }
    return bySample
  }
}
