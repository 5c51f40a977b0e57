/// How far the answer of a changed network is from the original's on samples that repairs did not see.
struct NetworkDrift {
  private let set: CalibrationSet
  private let workers: Workers
  private let decisive: Set<Int>
  private let answers: Answers

  init(_ graph: Graph, _ set: CalibrationSet, _ workers: Workers) throws(QuantError) {
    (self.set, self.workers) = (set, workers)
    decisive = graph.decisiveTensors
    answers = try Answers(try CompiledGraph(graph), of: decisive, set, workers)
  }

  /// Energy of the differences over that of the original's answers. Tensors keep their numbers while a network is pruned.
  func callAsFunction(_ graph: Graph) throws(QuantError) -> Double {
    let energy = try Answers(try CompiledGraph(graph), of: decisive, set, workers).energy(beside: answers)
    return energy.signal > 0 ? energy.noise / energy.signal : energy.noise
  }
}
