/// The inputs on which a network is measured while it is quantized.
public struct CalibrationSet: Sendable {
  /// Writes sample `index` into the network's inputs.
  public typealias Fill = (_ index: Int, _ executor: GraphExecutor) throws(QuantError) -> Void

  /// How many samples there are; at least one.
  public let count: Int
  /// Makes a function for the use of one thread.
  public let makeFill: @Sendable () throws(QuantError) -> Fill

  public init(count: Int, makeFill: @escaping @Sendable () throws(QuantError) -> Fill) {
    self.count = count
    self.makeFill = makeFill
  }

  /// At most `limit` samples, evenly spaced.
  public func spaced(_ limit: Int) -> CalibrationSet {
    guard limit < count else { return self }
    let (total, makeFill) = (count, makeFill)
    return CalibrationSet(count: limit) { () throws(QuantError) -> Fill in
      let fill = try makeFill()
      return { index, executor throws(QuantError) in try fill(index * total / limit, executor) }
    }
  }
}

/// Runs a graph over a calibration set on all threads.
struct CalibrationRun {
  let workers: Workers
  private var executors: [GraphExecutor] = []
  private var fills: [CalibrationSet.Fill] = []
  private let count: Int

  init(_ graph: CompiledGraph, _ set: CalibrationSet, _ workers: Workers) throws(QuantError) {
    self.workers = Workers(min(workers.count, set.count))
    count = set.count
    for _ in 0..<self.workers.count {
      executors.append(try GraphExecutor(graph))
      fills.append(try set.makeFill())
    }
  }

  /// Runs every sample. `visit` is given the thread's number, the sample's, the tensor's index in the graph and its bytes, which it may change.
  /// - Returns: of each sample what `result` makes of the executor afterwards.
  func callAsFunction<T>(
    _ visit: (_ worker: Int, _ sample: Int, _ tensor: Int, UnsafeMutableRawBufferPointer) -> Void,
    result: (GraphExecutor) -> T
  ) throws(QuantError) -> [T] {
    try workers.map(count) { worker, sample throws(QuantError) in
      let executor = executors[worker]
      try fills[worker](sample, executor)
      try executor.run { visit(worker, sample, $0, $1) }
      return result(executor)
    }
  }

  func callAsFunction(
    _ visit: (_ worker: Int, _ sample: Int, _ tensor: Int, UnsafeMutableRawBufferPointer) -> Void
  ) throws(QuantError) {
    _ = try self(visit, result: { _ in () })
  }
}
