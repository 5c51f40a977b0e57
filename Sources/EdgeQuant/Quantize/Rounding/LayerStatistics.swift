import EdgeTensor

/// What a layer's weights are multiplied with, summed over calibration: whole numbers, so that the sums are exact.
struct LayerStatistics {
  /// By group: Σ x · xᵀ over positions, x in codes minus zero point; order `depth`.
  var products: [SymmetricMatrix]
  /// By group: Σ x.
  var sums: [[Double]]
  /// Positions that were added.
  var count = 0

  init(groupCount: Int, depth: Int) {
    products = Array(repeating: SymmetricMatrix(order: depth), count: groupCount)
    sums = Array(repeating: [Double](repeating: 0, count: depth), count: groupCount)
  }

  mutating func add(_ other: LayerStatistics) {
    count += other.count
    for group in products.indices {
      products[group].add(other.products[group])
      for k in sums[group].indices { sums[group][k] += other.sums[group][k] }
    }
  }
}

/// Collects the statistics of layers while a float network runs over calibration data.
struct LayerStatisticsCollector {
  /// Layers that read more than this are left out: a matrix of this order takes 170 MB.
  static let maximumDepth = 4608
  /// Matrices of one pass over the data may take so many bytes.
  static let maximumByteCount = 768 << 20

  struct Layer {
    let node: Int
    /// The tensor it reads.
    let x: Int
    let quantization: QuantParams
    let patches: LayerPatches

    /// For each thread.
    var byteCount: Int { 8 * patches.depth * patches.depth * patches.groupCount }

    /// Positions of each sample to add: enough rows over all samples to determine the matrix several times over.
    func positionStep(samples: Int) -> Int {
      let wanted = min(max(6 * patches.depth, 4096), 24_576)
      return max(patches.positionCount * samples / wanted, 1)
    }
  }

  let graph: Graph
  let compiled: CompiledGraph
  let set: CalibrationSet
  let workers: Workers

  /// - Returns: by node, of those layers that have one.
  func callAsFunction(
    _ layers: [Layer], _ body: (Layer, LayerStatistics) throws(QuantError) -> Void
  ) throws(QuantError) {
    _ = LinearAlgebra.isSingleThreaded
    var rest = layers[...]
    while !rest.isEmpty {
      var (batch, byteCount): ([Layer], Int) = ([], 0)
      while let next = rest.first,
        batch.isEmpty || byteCount + next.byteCount <= LayerStatisticsCollector.maximumByteCount
      {
        batch.append(next)
        byteCount += next.byteCount * workers.count
        rest.removeFirst()
      }
      let statistics = try collect(batch)
      for (layer, statistics) in zip(batch, statistics) { try body(layer, statistics) }
    }
  }

  private func collect(_ layers: [Layer]) throws(QuantError) -> [LayerStatistics] {
    var readers: [Int: [Int]] = [:]
    for (index, layer) in layers.enumerated() { readers[layer.x, default: []].append(index) }
    let empty = layers.map { LayerStatistics(groupCount: $0.patches.groupCount, depth: $0.patches.depth) }
    let run = try CalibrationRun(compiled, set, workers)
    var byWorker = [[LayerStatistics]](repeating: empty, count: run.workers.count)
    try byWorker.withEach { byWorker throws(QuantError) in
      try run { worker, sample, tensor, bytes in
        for index in readers[tensor] ?? [] {
          let values = UnsafeBufferPointer(bytes.bindMemory(to: Float.self))
          layers[index].add(values, sample: sample, samples: set.count, to: &byWorker[worker][index])
        }
      }
    }
    var total = byWorker[0]
    for other in byWorker.dropFirst() { for index in total.indices { total[index].add(other[index]) } }
    for index in total.indices { for group in total[index].products.indices { total[index].products[group].mirror() } }
    return total
  }
}

extension LayerStatisticsCollector.Layer {
  fileprivate func add(
    _ x: UnsafeBufferPointer<Float>, sample: Int, samples: Int, to statistics: inout LayerStatistics
  ) {
    let step = positionStep(samples: samples)
    let (scale, zeroPoint) = (quantization.scale, Float(quantization.zeroPoint))
    func code(_ value: Float) -> Double {
      Double(min(max((value / scale).rounded(.toNearestOrAwayFromZero) + zeroPoint, -128), 127) - zeroPoint)
    }
    // Another start in each sample, so that over all of them every position is seen.
    let positions = stride(from: sample % step, to: patches.positionCount, by: step)
    var rows: [Double] = []
    for group in 0..<patches.groupCount {
      rows.removeAll(keepingCapacity: true)
      for position in positions { patches.append(position: position, group: group, of: x, to: &rows, code) }
      statistics.products[group].addProducts(of: rows)
      for (index, value) in rows.enumerated() { statistics.sums[group][index % patches.depth] += value }
    }
    statistics.count += positions.underestimatedCount
  }
}
