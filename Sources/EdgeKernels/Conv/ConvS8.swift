import CEdgeKernels

/// int8 convolution as an implicit matrix product: tiles of output pixels by all output channels, equal to `Reference.convS8` on
/// every byte. Nothing like a patch matrix of the image exists: tiles read the lines of the image, as `ConvLayout` describes.
public struct ConvS8: Sendable {
  private let geometry: ConvGeometry
  private let quantization: ConvQuantization
  private let kernel: GemmS8
  private let layout: ConvLayout
  private let notes: [UInt8]
  /// Whether a call of the kernel computes more rows than a tile has.
  private let takesRuns: Bool

  /// - Precondition: `geometry` is not grouped; `weights` are those of every later call.
  /// - Returns: nil if it would take too much scratch memory.
  public init?(
    _ geometry: ConvGeometry, _ quantization: ConvQuantization, kernel: GemmS8, weights: UnsafePointer<Int8>
  ) {
    precondition(!geometry.isGrouped)
    guard let layout = ConvLayout(geometry) else { return nil }
    self.geometry = geometry
    self.quantization = quantization
    self.kernel = kernel
    self.layout = layout
    takesRuns = kernel.takesRuns && !layout.gathers && layout.segmentCount <= Int(EDGE_RUN_TAPS)
    notes = kernel.notes(
      weights: weights, outChannels: geometry.outChannels, taps: layout.segmentCount,
      tapByteCount: layout.paddedByteCount)
  }

  /// Bytes of scratch memory for each worker, the same for every variant.
  public var scratchByteCount: Int { layout.scratchByteCount }

  /// The same; nil if there is no such convolution.
  public static func scratchByteCount(_ geometry: ConvGeometry) -> Int? { ConvLayout(geometry)?.scratchByteCount }

  /// - Parameters:
  ///   - weights: layout `o16k4`.
  ///   - units: output rows, batch included.
  ///   - scratch: `scratchByteCount` bytes, 64-byte aligned.
  public func callAsFunction(
    input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    units: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let width = geometry.columns.outputExtent
    if isPointwise {
      let pixels = (units.lowerBound &* width)..<(units.upperBound &* width)
      return run(input, weights, channels, output, pixels: pixels, scratch)
    }
    let memory = layout.parts(of: scratch, takesRuns: takesRuns)
    withArguments(weights, channels, memory) { arguments in
      if takesRuns, geometry.batch == 1, let lines = kernel.lines, !units.isEmpty {
        var view = layout.view(of: input, geometry, quantization)
        arguments.output = output + units.lowerBound &* width &* geometry.outChannels
        if lines(&arguments, &view, units.lowerBound, units.count) == units.count { return }
      }
      var lines = ConvLines(
        geometry, layout, input: input, zeroPoint: Int8(truncatingIfNeeded: quantization.inputZeroPoint),
        memory: memory.lines)
      for unit in units {
        lines.find(memory.starts, unit: unit)
        row(memory, output + unit &* width &* geometry.outChannels, count: width, &arguments)
      }
    }
  }

  /// Into how many parts the work of threads may be cut: tiles of pixels where the image may be cut anywhere, so that rows which do not
  /// divide by the number of threads cost nothing; sixteen channels of a single pixel; otherwise rows.
  public var partCount: Int {
    guard isPointwise else { return geometry.outputRowCount }
    return pixelCount == 1 ? PackedWeights.blocks(geometry.outChannels) : max(pixelCount / kernel.rowCount, 1)
  }

  /// The same for some of these parts.
  public func callAsFunction(
    input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    parts: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    guard isPointwise else {
      return self(
        input: input, weights: weights, channels: channels, output: output, units: parts, scratch: scratch)
    }
    guard pixelCount > 1 else {
      return run(input, weights, channels, output, pixels: 0..<pixelCount, blocks: parts, scratch)
    }
    // The pixels that are left over from whole tiles belong to the last.
    let end = parts.upperBound == partCount ? pixelCount : parts.upperBound &* kernel.rowCount
    run(input, weights, channels, output, pixels: (parts.lowerBound &* kernel.rowCount)..<end, scratch)
  }

  /// Pixels of a pointwise convolution.
  /// - Parameter blocks: of sixteen output channels; nil for all, as there must be for more than one pixel.
  private func run(
    _ input: UnsafePointer<Int8>, _ weights: UnsafePointer<Int8>, _ channels: ChannelTable,
    _ output: UnsafeMutablePointer<Int8>, pixels: Range<Int>, blocks: Range<Int>? = nil,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let memory = layout.parts(of: scratch, takesRuns: takesRuns)
    withArguments(weights, channels, memory) { arguments in
      memory.starts[0] = input + pixels.lowerBound &* geometry.inChannels
      var output = output + pixels.lowerBound &* geometry.outChannels
      if let blocks {
        let first = blocks.lowerBound &* GemmS8.channelCount
        arguments.channels = min(blocks.upperBound &* GemmS8.channelCount, geometry.outChannels) &- first
        arguments.weights += first &* layout.paddedByteCount
        arguments.notes = arguments.notes.map { $0 + blocks.lowerBound &* noteByteCount }
        arguments.bias += first
        arguments.scale.multiplier += first
        arguments.scale.shift += first
        output += first
      }
      var done = 0
      if blocks == nil, takesRuns, let lines = kernel.lines {
        // Many pixels share the set-up if they are lines of an image.
        let count = pixels.count / ConvLayout.pixelLineWidth
        var view = layout.view(ofPixels: memory.starts[0], geometry, quantization)
        arguments.output = output
        if count > 1, lines(&arguments, &view, 0, count) == count { done = count &* ConvLayout.pixelLineWidth }
      }
      memory.starts[0] += done &* geometry.inChannels
      row(memory, output + done &* geometry.outChannels, count: pixels.count &- done, &arguments)
    }
  }

  private var noteByteCount: Int {
    kernel.noteByteCount(taps: layout.segmentCount, tapByteCount: layout.paddedByteCount)
  }

  @inline(__always)
  private func withArguments(
    _ weights: UnsafePointer<Int8>, _ channels: ChannelTable, _ memory: ConvLayout.Parts,
    _ body: (inout edge_gemm_s8) -> Void
  ) {
    for row in 0..<(takesRuns ? ConvLayout.runRowCount : kernel.rowCount) { memory.rowTerms[row] = 0 }
    notes.withUnsafeBufferPointer { notes in
      var arguments = edge_gemm_s8(
        a: memory.pointers, row_step: takesRuns ? pixelStep : 0, taps: layout.segmentCount,
        tap_byte_count: layout.paddedByteCount, weights: weights, notes: notes.baseAddress,
        bias: channels.foldedBias, row_term: memory.rowTerms,
        scale: edge_requantize_s8(
          multiplier: channels.multiplier, shift: channels.shift, largest_shift: channels.largestShift,
          zero_point: quantization.outputZeroPoint,
          minimum: quantization.clamp.minimum, maximum: quantization.clamp.maximum),
        rows: 0, channels: geometry.outChannels, output: nil, accumulators: nil)
      body(&arguments)
    }
  }

  /// A 1x1 convolution with stride 1: its pixels are those of the image, one after the other.
  private var isPointwise: Bool {
    geometry.taps == 1 && geometry.rows.stride == 1 && geometry.columns.stride == 1 && layout.isDirect
  }

  private var pixelCount: Int { geometry.outputRowCount &* geometry.columns.outputExtent }

  /// Bytes from the window of an output pixel to that of the next.
  private var pixelStep: Int { geometry.columns.stride &* geometry.inChannels }

  /// `count` output pixels, the first of which sees the segments at `memory.starts`.
  private func row(
    _ memory: ConvLayout.Parts, _ output: UnsafeMutablePointer<Int8>, count: Int, _ arguments: inout edge_gemm_s8
  ) {
    let most = takesRuns ? ConvLayout.runRowCount / kernel.rowCount &* kernel.rowCount : kernel.rowCount
    var pixel = 0
    while pixel < count {
      let rows = min(most, count &- pixel)
      let offset = pixel &* pixelStep
      if takesRuns {
        for segment in 0..<layout.segmentCount { memory.pointers[segment] = memory.starts[segment] + offset }
      } else if layout.gathers {
        gather(memory, offset, rows)
      } else {
        point(memory, offset, rows)
      }
      if quantization.weightZeroPoint != 0 {
        kernel.rowTerms(
          memory.pointers, arguments.row_step, layout.segmentCount, kernel.rowCount, takesRuns ? rows : kernel.rowCount,
          layout.segmentByteCount, 0 &- quantization.weightZeroPoint, memory.rowTerms)
      }
      arguments.rows = rows
      arguments.output = output + pixel &* geometry.outChannels
      kernel.tile(&arguments)
      pixel &+= rows
    }
  }

  /// Pointers to the segments of a tile's rows, the last of which is repeated.
  private func point(_ memory: ConvLayout.Parts, _ offset: Int, _ rows: Int) {
    var target = memory.pointers
    for segment in 0..<layout.segmentCount {
      let start = memory.starts[segment] + offset
      for row in 0..<kernel.rowCount { target[row] = start + min(row, rows &- 1) &* pixelStep }
      target += kernel.rowCount
    }
  }

  /// The same for dilated segments, whose taps are brought together.
  private func gather(_ memory: ConvLayout.Parts, _ offset: Int, _ rows: Int) {
    let (columns, inChannels) = (geometry.columns, geometry.inChannels)
    for segment in 0..<layout.segmentCount {
      for row in 0..<kernel.rowCount {
        let index = segment &* kernel.rowCount &+ row
        let copy = memory.gathered + index &* layout.paddedByteCount
        let start = memory.starts[segment] + offset + min(row, rows &- 1) &* pixelStep
        for tap in 0..<columns.kernelExtent {
          (copy + tap &* inChannels).update(from: start + tap &* columns.dilation &* inChannels, count: inChannels)
        }
        (copy + layout.segmentByteCount).update(repeating: 0, count: layout.paddedByteCount &- layout.segmentByteCount)
        memory.pointers[index] = UnsafePointer(copy)
      }
    }
  }
}
