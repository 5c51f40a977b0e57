import EdgeKernels
import EdgeTensor

/// Extents of a fused block: how many rows it computes in one go, and the scratch memory of a worker.
///
/// The scratch memory holds, one after the other, the ring of input rows of the depthwise convolution (unless they are in a tensor
/// before the block), the rows that the depthwise convolution computes in one go, and what the convolutions need themselves.
struct FusedLayout {
  /// Of the depthwise convolution.
  let rows: WindowAxis
  /// Output rows in one go.
  let chunk: Int
  /// Input rows that the ring holds; 0 if there is none.
  let ringRowCount: Int
  let inputRowByteCount: Int
  let outputRowByteCount: Int
  let ringByteCount: Int
  let chunkByteCount: Int
  let scratchByteCount: Int

  /// Input rows under one output row, those between dilated taps included.
  var reach: Int { FusedLayout.reach(rows) }

  private static func reach(_ rows: WindowAxis) -> Int { (rows.kernelExtent - 1) * rows.dilation + 1 }

  /// As many output pixels in one go keep the tiles of a matrix product full; more would only take memory.
  private static let preferredPixelCount = 64

  /// Output rows in one go that the kernels like.
  static func preferredChunk(_ geometry: ConvGeometry) -> Int {
    let width = max(geometry.columns.outputExtent, 1)
    return min((preferredPixelCount + width - 1) / width, max(geometry.rows.outputExtent, 1))
  }

  /// - Parameters:
  ///   - depthwise: batch 1; no tensor of it is so large that its bytes overflow.
  ///   - chunk: in `1...depthwise.rows.outputExtent`.
  ///   - hasRing: whether a convolution before it is part of the block.
  ///   - convScratch: bytes.
  init(_ depthwise: ConvGeometry, chunk: Int, hasRing: Bool, convScratch: Int) {
    rows = depthwise.rows
    self.chunk = chunk
    inputRowByteCount = depthwise.columns.inputExtent * depthwise.inChannels
    outputRowByteCount = depthwise.columns.outputExtent * depthwise.outChannels
    let span = (chunk - 1) * rows.stride + FusedLayout.reach(rows)
    ringRowCount = hasRing ? min(span, rows.inputExtent) : 0
    // Kernels may read a few bytes beyond the last pixel, which meet weights of zero.
    ringByteCount = MemoryPlanner.aligned(ringRowCount * inputRowByteCount)
    chunkByteCount = MemoryPlanner.aligned(chunk * outputRowByteCount + 4)
    scratchByteCount = ringByteCount + chunkByteCount + MemoryPlanner.aligned(convScratch)
  }

  /// The input rows that a band of output rows sees.
  func inputRows(_ band: Range<Int>) -> Range<Int> {
    let first = max(rows.start(band.lowerBound), 0)
    return first..<max(first, min(rows.start(band.upperBound - 1) + reach, rows.inputExtent))
  }

  /// Input rows computed again because bands of output rows share them.
  func recomputedRowCount(threads: Int) -> Int {
    guard ringRowCount > 0 else { return 0 }
    var (count, end) = (0, 0)
    for worker in 0..<threads {
      let band = Step.units(of: worker, threads: threads, unitCount: rows.outputExtent)
      guard !band.isEmpty else { break }
      let needed = inputRows(band)
      count += max(end - needed.lowerBound, 0)
      end = needed.upperBound
    }
    return count
  }
}
