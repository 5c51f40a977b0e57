import EdgeTensor

extension ModelParser {
  /// The index of sparse weights, copied and checked: kernels follow it without looking.
  /// - Returns: nil for tensors of every other layout.
  func sparse(
    _ table: FlatTable, _ index: Int, _ type: TensorType, _ layout: Layout, _ data: Range<Int>?
  ) throws(ModelError) -> SparseIndex? {
    guard layout == .o16k4Sparse, let data else { return nil }
    let blocks = try read { () throws(FlatBufferError) in
      SparseBlocks(starts: try table.array(8, of: UInt32.self), groups: try table.array(9, of: UInt16.self))
    }
    guard type.dataType == .int8, blocks.fits(type.shape), data.count == 64 * blocks.groups.count else {
      throw .badTensor(index: index, reason: "the index of stored blocks does not fit the weights")
    }
    return SparseIndex(blocks)
  }
}
