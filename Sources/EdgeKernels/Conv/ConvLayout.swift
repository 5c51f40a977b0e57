import CEdgeKernels

/// How the input of a convolution is cut into segments, runs of bytes that one pointer reaches, and where they lie.
///
/// A segment is a whole kernel row, whose pixels lie side by side, or, where the kernel is dilated along the width, one tap. Input lines
/// that have to be completed at the ends, with zero points for what lies outside the image or because kernels read padded segments,
/// are copied to a ring of as many lines as a window is high.
struct ConvLayout: Sendable {
  let segmentCount: Int
  /// Of each kernel row.
  let segmentsPerRow: Int
  /// Bytes of the image in a segment, and with padding to a multiple of 4, for which the weights are zero.
  let segmentByteCount: Int
  let paddedByteCount: Int
  /// Whether segments are dilated rows: a row of weights is padded as a whole, so taps whose length is no multiple of 4 stay together.
  let gathers: Bool
  /// Whether lines are read where they lie.
  let isDirect: Bool
  /// Lines of the ring, bytes of each, and what lies of the image in one.
  let slotCount: Int
  let lineByteCount: Int
  let bytesBefore: Int
  let imageByteCount: Int
  private let gatheredByteCount: Int

  /// The most rows of a run, for kernels that take runs: more than the pixels of a 7x7 image, and a divisor of those of larger ones.
  static let runRowCount = 56
  /// Layers that need more for a part of their scratch memory are left to the reference.
  private static let maximumByteCount = 4 << 20

  /// - Returns: nil if too much scratch memory would be needed.
  init?(_ geometry: ConvGeometry) {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    let isDilated = columns.dilation > 1 && columns.kernelExtent > 1
    gathers = isDilated && inChannels % 4 != 0
    segmentsPerRow = isDilated && !gathers ? columns.kernelExtent : 1
    segmentCount = rows.kernelExtent * segmentsPerRow
    segmentByteCount = segmentsPerRow == 1 ? geometry.rowDepth : inChannels
    paddedByteCount = PackedWeights.padded(segmentByteCount)
    slotCount = (rows.kernelExtent - 1) * rows.dilation + 1

    // Columns that the windows of a row span.
    let span = max(columns.outputExtent - 1, 0) * columns.stride + (columns.kernelExtent - 1) * columns.dilation + 1
    isDirect =
      columns.paddingBefore == 0 && span <= columns.inputExtent && segmentByteCount == paddedByteCount && !gathers
    let limit = ConvLayout.maximumByteCount
    guard span <= limit, inChannels <= limit / span, slotCount < limit, segmentCount <= limit,
      paddedByteCount <= limit / segmentCount
    else { return nil }
    lineByteCount = span * inChannels + 3
    guard lineByteCount <= limit / (slotCount + 1) else { return nil }
    bytesBefore = columns.paddingBefore * inChannels
    imageByteCount = min(columns.inputExtent, span - columns.paddingBefore) * inChannels
    gatheredByteCount = gathers ? GemmS8.maximumRowCount * segmentCount * paddedByteCount : 0
  }

  /// Lines of zero points, then of the ring.
  var lineCount: Int { isDirect ? 1 : 1 + slotCount }

  var scratchByteCount: Int {
    ConvLayout.rowTermByteCount + pointerCount * 8 + lineCount * lineByteCount + gatheredByteCount
  }

  /// Room for row terms. Those of a run may reach into that for pointers, of which a run needs one for each segment.
  private static let rowTermByteCount = 192
  private var pointerCount: Int { (GemmS8.maximumRowCount + 1) * segmentCount }

  /// Scratch memory.
  struct Parts {
    let rowTerms: UnsafeMutablePointer<Int32>
    /// Of segments, each for the rows of a tile.
    let pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
    /// Of segments.
    let starts: Starts
    let lines: UnsafeMutablePointer<Int8>
    let gathered: UnsafeMutablePointer<Int8>
  }
  typealias Starts = UnsafeMutablePointer<UnsafePointer<Int8>>

  /// - Parameter takesRuns: whether pointers and row terms are those of a run.
  @inline(__always)
  func parts(of scratch: UnsafeMutableRawPointer, takesRuns: Bool) -> Parts {
    let pointers = scratch + (takesRuns ? ConvLayout.runRowCount * 4 : ConvLayout.rowTermByteCount)
    let starts = scratch + ConvLayout.rowTermByteCount + GemmS8.maximumRowCount * segmentCount * 8
    let lines = starts + segmentCount * 8
    return Parts(
      rowTerms: scratch.assumingMemoryBound(to: Int32.self),
      pointers: pointers.assumingMemoryBound(to: UnsafePointer<Int8>?.self),
      starts: starts.assumingMemoryBound(to: UnsafePointer<Int8>.self),
      lines: lines.assumingMemoryBound(to: Int8.self),
      gathered: (lines + lineCount * lineByteCount).assumingMemoryBound(to: Int8.self))
  }
}

extension ConvLayout {
  /// How kernels that take lines see an image.
  func view(
    of input: UnsafePointer<Int8>, _ geometry: ConvGeometry, _ quantization: ConvQuantization
  ) -> edge_lines_s8 {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    return edge_lines_s8(
      input: input, input_stride: columns.inputExtent &* inChannels, input_height: rows.inputExtent,
      bytes_before: bytesBefore, image_byte_count: imageByteCount, byte_count: lineByteCount,
      zero_point: quantization.inputZeroPoint, weight_zero_point: quantization.weightZeroPoint,
      kernel_height: rows.kernelExtent, dilation: rows.dilation, stride: rows.stride, padding: rows.paddingBefore,
      segments: segmentsPerRow, segment_step: columns.dilation &* inChannels, segment_byte_count: segmentByteCount,
      output_width: columns.outputExtent)
  }

  /// Pixels of a 1x1 convolution that make a line for kernels that take lines.
  static let pixelLineWidth = 112

  /// The same for the pixels of a 1x1 convolution, which lie one after the other.
  func view(
    ofPixels input: UnsafePointer<Int8>, _ geometry: ConvGeometry, _ quantization: ConvQuantization
  ) -> edge_lines_s8 {
    let byteCount = ConvLayout.pixelLineWidth &* geometry.inChannels
    return edge_lines_s8(
      input: input, input_stride: byteCount, input_height: Int.max, bytes_before: 0, image_byte_count: byteCount,
      byte_count: byteCount, zero_point: quantization.inputZeroPoint, weight_zero_point: quantization.weightZeroPoint,
      kernel_height: 1, dilation: 1, stride: 1, padding: 0, segments: 1, segment_step: 0,
      segment_byte_count: segmentByteCount, output_width: ConvLayout.pixelLineWidth)
  }
}
