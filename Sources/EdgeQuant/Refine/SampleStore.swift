import EdgeTensor

/// The inputs of a calibration set as float32. Kept in memory up to a size; those beyond are made again each time.
struct SampleStore {
  let count: Int
  let shape: Shape
  private let kept: [[Float]]
  /// By worker.
  private let sources: [(executor: GraphExecutor, fill: CalibrationSet.Fill)]

  private static let maximumByteCount = 256 << 20

  /// - Parameter graph: any that the set fits.
  init(_ set: CalibrationSet, _ graph: Graph, _ workers: Workers) throws(QuantError) {
    guard graph.inputs.count == 1, let type = graph.inputTypes.first, type.dataType == .float32 else {
      throw .calibration("repairing by gradients needs a network of one float32 input")
    }
    let compiled = try CompiledGraph(graph)
    (count, shape) = (set.count, type.shape)
    var sources: [(GraphExecutor, CalibrationSet.Fill)] = []
    for _ in 0..<workers.count { sources.append((try GraphExecutor(compiled), try set.makeFill())) }
    self.sources = sources
    let fitting = min(set.count, SampleStore.maximumByteCount / max(type.byteCount, 1))
    kept = try workers.map(fitting) { worker, sample throws(QuantError) in
      try sources[worker].1(sample, sources[worker].0)
      return Array(sources[worker].0.input(0).bindMemory(to: Float.self))
    }
  }

  /// - Parameter worker: no other thread uses the same number at the same time.
  func sample(_ index: Int, worker: Int) throws(QuantError) -> [Float] {
    guard index >= kept.count else { return kept[index] }
    try sources[worker].fill(index, sources[worker].executor)
    return Array(sources[worker].executor.input(0).bindMemory(to: Float.self))
  }
}
