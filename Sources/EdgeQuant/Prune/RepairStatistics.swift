import COpenBLAS
import EdgeTensor

/// What least squares needs to know of one layer: the inputs it gets now, and the outputs it should give for them. Sums of whole numbers, so
/// that they are exact and do not depend on the order of adding.
struct RepairStatistics {
  /// By group: Σ x · xᵀ over positions, in steps of the input; order `depth`.
  var products: [SymmetricMatrix]
  /// By group: Σ x · tᵀ, row-major `[depth, targets of the group]`, in steps of input and target.
  var cross: [[Double]]
  /// By group: Σ x and Σ t.
  var inputSums: [[Double]]
  var targetSums: [[Double]]
  /// Positions that were added.
  var count = 0

  init(_ layer: RepairLayer) {
    let (groups, depth) = (layer.patches.groupCount, layer.patches.depth)
    let targets = layer.targets == nil ? 0 : layer.channelCount / groups
    products = Array(repeating: SymmetricMatrix(order: depth), count: groups)
    cross = Array(repeating: [Double](repeating: 0, count: depth * targets), count: groups)
    inputSums = Array(repeating: [Double](repeating: 0, count: depth), count: groups)
    targetSums = Array(repeating: [Double](repeating: 0, count: targets), count: groups)
  }

  mutating func add(_ other: RepairStatistics) {
    count += other.count
    for group in products.indices {
      products[group].add(other.products[group])
      for k in cross[group].indices { cross[group][k] += other.cross[group][k] }
      for k in inputSums[group].indices { inputSums[group][k] += other.inputSums[group][k] }
      for k in targetSums[group].indices { targetSums[group][k] += other.targetSums[group][k] }
    }
  }

  /// Covariance of the inputs of a group, in their own unit. Positive semidefinite.
  func covariance(_ layer: RepairLayer, _ group: Int) -> SymmetricMatrix {
    var result = products[group]
    let (n, sums, unit) = (Double(max(count, 1)), inputSums[group], layer.step * layer.step)
    for row in 0..<result.order {
      for column in 0..<result.order {
        result[row, column] = (result[row, column] / n - sums[row] / n * (sums[column] / n)) * unit
      }
    }
    return result
  }

  /// Means of the inputs of a group.
  func means(_ layer: RepairLayer, _ group: Int) -> [Double] {
    inputSums[group].map { $0 / Double(max(count, 1)) * layer.step }
  }
}

/// A layer with weights that is to be repaired.
struct RepairLayer {
  /// What the outputs of a layer should be: tensors of the original network, added, minus tensors of the present one.
  struct Targets {
    var original: [Int]
    var minusPresent: [Int]
    /// The channels of the original tensors that are left.
    let channels: [Int]
    /// One unit of the whole numbers that targets are summed as.
    let step: Double
    /// Tensors of the present network whose sum an activation follows that makes 0 of what is negative: where the targets' sum is so,
    /// too, any negative sum will do. Empty if there is none.
    var rectified: [Int] = []
  }

  let node: Int
  /// The tensor it reads.
  let x: Int
  let channelCount: Int
  let patches: LayerPatches
  /// One unit of the whole numbers that inputs are summed as.
  let step: Double
  /// nil where only the inputs are of interest.
  var targets: Targets?

  /// For each thread.
  var byteCount: Int { 8 * patches.depth * (patches.depth * patches.groupCount + channelCount) }

  func positionStep(samples: Int) -> Int {
    let wanted = min(max(6 * patches.depth, 4096), 24_576)
    return max(patches.positionCount * samples / wanted, 1)
  }

  /// Inputs are whole numbers up to this.
  static let inputLimit = 2047.0
  static let targetLimit = 32_767.0
}

/// Runs the original network and the present one side by side, and sums up what their layers read and should give.
struct RepairCollector {
  /// nil where no layer has targets.
  let original: CompiledGraph?
  let present: CompiledGraph
  let set: CalibrationSet
  let workers: Workers

  func callAsFunction(_ layers: [RepairLayer]) throws(QuantError) -> [RepairStatistics] {
    _ = LinearAlgebra.isSingleThreaded
    let workers = Workers(min(workers.count, set.count))
    var state: [State] = []
    for _ in 0..<workers.count {
      state.append(
        State(
          original: try original.map { graph throws(QuantError) in try GraphExecutor(graph) },
          present: try GraphExecutor(present), fill: try set.makeFill(), statistics: layers.map(RepairStatistics.init)))
    }
    let originals = Set(layers.flatMap { $0.targets?.original ?? [] })
    let presents = Set(
      layers.map { $0.x } + layers.flatMap { ($0.targets?.minusPresent ?? []) + ($0.targets?.rectified ?? []) })
    _ = try workers.map(set.count) { worker, sample throws(QuantError) in
      let state = state[worker]
      var (before, now): ([Int: [Float]], [Int: [Float]]) = ([:], [:])
      if let original = state.original, !originals.isEmpty {
        try state.fill(sample, original)
        try original.run { tensor, bytes in
          if originals.contains(tensor) { before[tensor] = Array(bytes.bindMemory(to: Float.self)) }
        }
      }
      try state.fill(sample, state.present)
      try state.present.run { tensor, bytes in
        if presents.contains(tensor) { now[tensor] = Array(bytes.bindMemory(to: Float.self)) }
      }
      for (index, layer) in layers.enumerated() {
        layer.add(before, now, sample: sample, samples: set.count, to: &state.statistics[index])
      }
    }
    var total = state[0].statistics
    for other in state.dropFirst() { for index in total.indices { total[index].add(other.statistics[index]) } }
    for index in total.indices { for group in total[index].products.indices { total[index].products[group].mirror() } }
    return total
  }

  /// What one thread needs.
  private final class State {
    let original: GraphExecutor?
    let present: GraphExecutor
    let fill: CalibrationSet.Fill
    var statistics: [RepairStatistics]

    init(
      original: GraphExecutor?, present: GraphExecutor, fill: @escaping CalibrationSet.Fill,
      statistics: [RepairStatistics]
    ) {
      (self.original, self.present, self.fill, self.statistics) = (original, present, fill, statistics)
    }
  }
}

extension RepairLayer {
  fileprivate func add(
    _ before: [Int: [Float]], _ now: [Int: [Float]], sample: Int, samples: Int, to statistics: inout RepairStatistics
  ) {
    guard let x = now[x] else { return }
    let every = positionStep(samples: samples)
    // Another start in each sample, so that over all of them every position is seen.
    let positions = Array(stride(from: sample % every, to: patches.positionCount, by: every))
    let scale = Float(1 / step)
    func code(_ value: Float) -> Double {
      Double(min(max((value * scale).rounded(), -Float(RepairLayer.inputLimit)), Float(RepairLayer.inputLimit)))
    }
    let depth = patches.depth
    let perGroup = channelCount / patches.groupCount
    let wanted = targetRows(before, now, positions)
    for group in 0..<patches.groupCount {
      var rows: [Double] = []
      rows.reserveCapacity(positions.count * depth)
      x.withUnsafeBufferPointer { x in
        for position in positions { patches.append(position: position, group: group, of: x, to: &rows, code) }
      }
      statistics.products[group].addProducts(of: rows)
      for start in stride(from: 0, to: rows.count, by: depth) {
        for k in 0..<depth { statistics.inputSums[group][k] += rows[start + k] }
      }
      guard let wanted, !positions.isEmpty else { continue }
      let (d, t, n) = (Int32(depth), Int32(perGroup), Int32(positions.count))
      wanted.withUnsafeBufferPointer { wanted in
        cblas_dgemm(
          CblasRowMajor, CblasTrans, CblasNoTrans, d, t, n, 1, rows, d, wanted.baseAddress! + group * perGroup,
          Int32(channelCount), 1, &statistics.cross[group], t)
      }
      for position in positions.indices {
        for k in 0..<perGroup {
          statistics.targetSums[group][k] += wanted[position * channelCount + group * perGroup + k]
        }
      }
    }
    statistics.count += positions.count
  }

  /// `[positions, channelCount]` in steps of the targets; nil without targets.
  private func targetRows(_ before: [Int: [Float]], _ now: [Int: [Float]], _ positions: [Int]) -> [Double]? {
    guard let targets else { return nil }
    var rows = [Double](repeating: 0, count: positions.count * channelCount)
    for tensor in targets.original {
      guard let values = before[tensor] else { continue }
      let width = values.count / patches.positionCount
      for (row, position) in positions.enumerated() {
        for (column, channel) in targets.channels.enumerated() {
          rows[row * channelCount + column] += Double(values[position * width + channel])
        }
      }
    }
    for tensor in targets.rectified {
      guard let values = now[tensor] else { continue }
      for (row, position) in positions.enumerated() {
        for column in 0..<channelCount where rows[row * channelCount + column] < 0 {
          rows[row * channelCount + column] = min(Double(values[position * channelCount + column]), 0)
        }
      }
    }
    for tensor in targets.minusPresent {
      guard let values = now[tensor] else { continue }
      for (row, position) in positions.enumerated() {
        for column in 0..<channelCount {
          rows[row * channelCount + column] -= Double(values[position * channelCount + column])
        }
      }
    }
    for index in rows.indices {
      let code = (rows[index] / targets.step).rounded()
      rows[index] = min(max(code, -RepairLayer.targetLimit), RepairLayer.targetLimit)
    }
    return rows
  }
}
