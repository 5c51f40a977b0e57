import EdgeKernels
import EdgeTensor
import _EdgeTestSupport

extension BenchmarkLayer {
  /// Layers with so many weights that pruning them is worth while.
  var isPrunedOften: Bool { kind != .depthwise && geometry.depth * geometry.outChannels > 30_000 }

  /// A convolution or dense layer of whose weights some blocks are zero, by chance.
  func bench(sparse variant: SparseGemmS8, zeros percentage: Int) -> () -> Void {
    var random = SplitMix64(seed: 2)
    var blocks = SparseBlocks(starts: [0], groups: [])
    for _ in 0..<((geometry.outChannels + 15) / 16) {
      for group in 0..<(geometry.rows.kernelExtent * ((geometry.rowDepth + 3) / 4))
      where random.int(in: 0...99) >= percentage {
        blocks.groups.append(UInt16(group))
      }
      blocks.starts.append(UInt32(blocks.groups.count))
    }
    return bench(gemm: variant.gemm(SparseIndex(blocks)))
  }
}
