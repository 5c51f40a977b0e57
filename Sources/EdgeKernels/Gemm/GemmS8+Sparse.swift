import CEdgeKernels
import EdgeTensor

/// A matrix-product variant for weights of which only the blocks that are not all zero are stored.
public struct SparseGemmS8: Sendable {
  public let name: StaticString
  public let requires: CPUFeatures
  public let rowCount: Int
  /// Whether a weight may be −128.
  public var takesMinus128 = true
  public let tile: GemmS8.Tile

  /// The variant for one layer. Its notes tell where the blocks are.
  /// - Parameter index: of the weights; outlives the result.
  public func gemm(_ index: SparseIndex) -> GemmS8 {
    GemmS8(
      name: name, requires: requires, rowCount: rowCount, tile: tile,
      notes: GemmNotes(
        find: { weights, outChannels, _, _, notes in
          guard let weights, let notes else { return }
          notes.withMemoryRebound(to: edge_sparse_block_s8.self, capacity: PackedWeights.blocks(outChannels)) { notes in
            for block in 0..<PackedWeights.blocks(outChannels) {
              let (start, end) = (Int(index.starts[block]), Int(index.starts[block + 1]))
              notes[block] = edge_sparse_block_s8(
                weights: weights + 64 * start, groups: index.groups.baseAddress.map { $0 + start }, count: end - start)
            }
          }
        },
        byteCount: { _, _ in MemoryLayout<edge_sparse_block_s8>.stride }))
  }
}

extension SparseGemmS8 {
  /// Plain Swift, for CPUs without a variant of their own.
  static let scalar = SparseGemmS8(name: "gemm-s8-1x16c4-sparse-scalar", requires: [], rowCount: 1) { p in
    guard let p = p?.pointee, let a = p.a, let notes = p.notes, let bias = p.bias, let rowTerm = p.row_term else {
      return
    }
    let blocks = UnsafeRawPointer(notes).assumingMemoryBound(to: edge_sparse_block_s8.self)
    for c in 0..<p.channels {
      let block = blocks[c / 16]
      var sum = bias[c] &+ rowTerm[0]
      for i in 0..<block.count {
        let (tap, k) = (4 * Int(block.groups[i])).quotientAndRemainder(dividingBy: p.tap_byte_count)
        guard let x = a[tap] else { return }
        let w = block.weights + 64 * i + c % 16 * 4
        for j in 0..<4 { sum &+= Int32(x[k &+ j]) &* Int32(w[j]) }
      }
      if let accumulators = p.accumulators {
        accumulators[c] = sum
      } else {
        p.output[c] = p.scale.apply(sum, channel: c)
      }
    }
  }
}
