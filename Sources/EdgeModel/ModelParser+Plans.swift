import EdgeTensor

extension ModelParser {
  /// Checks a memory plan, whose offsets stay in the file: of several, a process needs one.
  func storedPlan(
    _ table: FlatTable, _ index: Int, _ tensors: [Model.Tensor], operatorCount: Int
  ) throws(ModelError) -> Model.StoredPlan {
    var plan = try header(table, index)
    try offsets(table, slot: 3, count: tensors.count, plan) {
      tensors[$0].type.dataType.byteCount
    } take: { _ in
    }
    try offsets(table, slot: 4, count: operatorCount, plan) { _ in
      Model.alignment
    } take: { _ in
    }
    plan.isFused = !(try fusedRanges(table, index, operatorCount: operatorCount)).isEmpty
    let isFused = try read { () throws(FlatBufferError) in try table.scalar(1, default: UInt8(0)) != 0 }
    guard isFused == plan.isFused else {
      throw .badPlan(index: index, reason: "whether operators are fused is unclear")
    }
    return plan
  }

  /// A checked plan with its offsets, checked again.
  func memoryPlan(
    _ plan: Model.StoredPlan, _ tensors: [Model.Tensor], operatorCount: Int
  ) throws(ModelError) -> Model.MemoryPlan {
    let table = try read { () throws(FlatBufferError) in try buffer.table(at: plan.position) }
    var (tensorOffsets, scratchOffsets): ([Int], [Int]) = ([], [])
    tensorOffsets.reserveCapacity(tensors.count)
    scratchOffsets.reserveCapacity(operatorCount)
    try offsets(table, slot: 3, count: tensors.count, plan) {
      tensors[$0].type.dataType.byteCount
    } take: {
      tensorOffsets.append($0)
    }
    try offsets(table, slot: 4, count: operatorCount, plan) { _ in
      Model.alignment
    } take: {
      scratchOffsets.append($0)
    }
    return Model.MemoryPlan(
      threads: plan.threads, blocks: try fusedRanges(table, plan.index, operatorCount: operatorCount), peak: plan.peak,
      tensorOffsets: tensorOffsets, scratchOffsets: scratchOffsets)
  }

  private func header(_ table: FlatTable, _ index: Int) throws(ModelError) -> Model.StoredPlan {
    let (threads, peak) = try read { () throws(FlatBufferError) in
      (Int(try table.scalar(0, default: Int32(0))), try table.scalar(2, default: UInt64(0)))
    }
    guard (1...1024).contains(threads) else { throw .badPlan(index: index, reason: "impossible thread count") }
    guard peak <= UInt64(1) << 40 else { throw .badPlan(index: index, reason: "peak above 1 TiB") }
    return Model.StoredPlan(
      threads: threads, isFused: false, peak: Int(peak), index: index, position: table.position)
  }

  /// Hands over each offset in a slot, checked, in order.
  private func offsets(
    _ table: FlatTable, slot: Int, count: Int, _ plan: Model.StoredPlan, alignment: (Int) -> Int, take: (Int) -> Void
  ) throws(ModelError) {
    let vector = try read { () throws(FlatBufferError) in try table.vector(slot, stride: 8) }
    guard (vector?.count ?? 0) == count else { throw .badPlan(index: plan.index, reason: "wrong number of entries") }
    guard let vector else { return }
    for entry in 0..<count {
      let value = try read { () throws(FlatBufferError) in try vector.element(entry, as: UInt64.self) }
      if value == .max {
        take(Model.MemoryPlan.nowhere)
        continue
      }
      guard value <= UInt64(plan.peak), value % UInt64(alignment(entry)) == 0 else {
        throw .badPlan(index: plan.index, reason: "offset outside the arena or not aligned")
      }
      take(Int(value))
    }
  }

  private func fusedRanges(
    _ table: FlatTable, _ plan: Int, operatorCount: Int
  ) throws(ModelError) -> [Model.FusedRange] {
    let values = try read { () throws(FlatBufferError) in
      try table.array(5, of: Model.FusedRange.Stored.self)
    }
    var ranges: [Model.FusedRange] = []
    ranges.reserveCapacity(values.count)
    var end = 0
    for value in values {
      let (first, count, rows) = (Int(value.first), Int(value.count), Int(value.rowsPerGo))
      guard first >= end, count >= 2, first + count <= operatorCount, rows >= 1 else {
        throw .badPlan(index: plan, reason: "impossible fused operators")
      }
      end = first + count
      ranges.append(Model.FusedRange(operators: first..<end, rowsPerGo: rows))
    }
    return ranges
  }
}
