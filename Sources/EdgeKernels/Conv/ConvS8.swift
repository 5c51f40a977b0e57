import CEdgeKernels

/// int8 convolution as an implicit matrix product: tiles of output pixels by all output channels, equal to `Reference.convS8` on
/// every byte. Nothing like a patch matrix of the image exists.
///
/// The pixels under a tile are found by pointers. Where `inChannels` is a multiple of 4 there is one for each tap; otherwise one
/// for each kernel row, whose pixels lie side by side in the image and are copied only at its edges. What lies outside the image
/// is a row of input zero points.
public struct ConvS8: Sendable {
  private let geometry: ConvGeometry
  private let quantization: ConvQuantization
  private let kernel: GemmS8
  private let segments: Segments
  private let chains: [UInt8]

  /// How the depth of a product is cut into runs of bytes that one pointer reaches.
  private struct Segments {
    /// Whether a segment is a whole kernel row instead of one tap.
    let areRows: Bool
    let count: Int
    /// Bytes of the image in a segment, and with padding to a multiple of 4, for which the weights are zero.
    let byteCount: Int
    let paddedByteCount: Int

    init(_ geometry: ConvGeometry) {
      areRows = geometry.inChannels % 4 != 0
      count = areRows ? geometry.rows.kernelExtent : geometry.taps
      byteCount = areRows ? geometry.rowDepth : geometry.inChannels
      paddedByteCount = PackedWeights.padded(byteCount)
    }
  }

  /// - Precondition: `geometry` is not grouped; `weights` are those of every later call.
  public init(
    _ geometry: ConvGeometry, _ quantization: ConvQuantization, kernel: GemmS8, weights: UnsafePointer<Int8>
  ) {
    precondition(!geometry.isGrouped)
    self.geometry = geometry
    self.quantization = quantization
    self.kernel = kernel
    segments = Segments(geometry)
    chains = kernel.chains(
      weights: weights, outChannels: geometry.outChannels, taps: segments.count, tapByteCount: segments.paddedByteCount)
  }

  /// Bytes of scratch memory for each worker, enough for every variant. Never more than a fixed multiple of the weights' size.
  public static func scratchByteCount(_ geometry: ConvGeometry) -> Int {
    let (segments, rows) = (Segments(geometry), GemmS8.maximumRowCount)
    let copies = segments.areRows ? rows * segments.count * segments.paddedByteCount : 0
    return 64 + rows * segments.count * 8 + segments.paddedByteCount + copies
  }

  /// - Parameters:
  ///   - weights: layout `o16k4`.
  ///   - units: output rows, batch included.
  ///   - scratch: `scratchByteCount` bytes, 64-byte aligned.
  public func callAsFunction(
    input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    units: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let mr = kernel.rowCount
    // Scratch: row terms, pointers, the row of zero points, then copies.
    let rowTerm = scratch.assumingMemoryBound(to: Int32.self)
    let pointers = (scratch + 64).assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    let zeros = (scratch + 64 + GemmS8.maximumRowCount * segments.count * 8).assumingMemoryBound(to: Int8.self)
    let copies = zeros + segments.paddedByteCount
    for row in 0..<mr { rowTerm[row] = 0 }
    zeros.update(repeating: Int8(truncatingIfNeeded: quantization.inputZeroPoint), count: segments.paddedByteCount)

    let width = geometry.columns.outputExtent
    let (first, end) = (units.lowerBound * width, units.upperBound * width)
    var arguments = edge_gemm_s8(
      a: pointers, taps: segments.count, tap_byte_count: segments.paddedByteCount, weights: weights,
      chains: nil, bias: channels.foldedBias, row_term: rowTerm,
      scale: edge_requantize_s8(
        multiplier: channels.multiplier, shift: channels.shift, largest_shift: channels.largestShift,
        zero_point: quantization.outputZeroPoint,
        minimum: quantization.clamp.minimum, maximum: quantization.clamp.maximum),
      rows: 0, channels: geometry.outChannels, output: nil, accumulators: nil)
    var pixel = first
    var window = window(of: first)
    while pixel < end {
      let count = min(mr, end - pixel)
      for row in 0..<count {
        if isPointwise {
          pointers[row] = input + (pixel &+ row) &* geometry.inChannels
        } else if segments.areRows {
          let copy = copies + row * segments.count * segments.paddedByteCount
          pointAtRows(under: window, in: input, zeros: zeros, copy: copy, pointers: pointers + row)
        } else {
          pointAtTaps(under: window, in: input, zeros: zeros, pointers: pointers + row)
        }
        advance(&window)
        if quantization.weightZeroPoint != 0 {
          rowTerm[row] = 0 &- quantization.weightZeroPoint &* sum(pointers + row)
        }
      }
      // Rows past the end repeat the last pixel; their results are not stored.
      for row in count..<mr {
        for segment in 0..<segments.count { pointers[segment &* mr &+ row] = pointers[segment &* mr &+ count &- 1] }
      }
      arguments.rows = count
      arguments.output = output + pixel * geometry.outChannels
      chains.withUnsafeBufferPointer { chains in
        arguments.chains = chains.baseAddress
        kernel.tile(&arguments)
      }
      pixel += count
    }
  }

  /// A 1x1 convolution with stride 1: its pixels are those of the image, one after the other.
  private var isPointwise: Bool {
    geometry.taps == 1 && geometry.rows.stride == 1 && geometry.columns.stride == 1 && !segments.areRows
  }

  /// Where an output pixel's window begins in the input; `y` and `x` may lie outside.
  private struct Window {
    var ox: Int
    var oy: Int
    /// Index of the first pixel of the image in the batch.
    var image: Int
    var y: Int
    var x: Int
  }

  private func window(of position: Int) -> Window {
    guard geometry.columns.outputExtent > 0, geometry.rows.outputExtent > 0 else {
      return Window(ox: 0, oy: 0, image: 0, y: 0, x: 0)
    }
    let (row, ox) = position.quotientAndRemainder(dividingBy: geometry.columns.outputExtent)
    let (n, oy) = row.quotientAndRemainder(dividingBy: geometry.rows.outputExtent)
    return Window(
      ox: ox, oy: oy, image: n * geometry.rows.inputExtent * geometry.columns.inputExtent, y: geometry.rows.start(oy),
      x: geometry.columns.start(ox))
  }

  /// To the next output pixel, without a division.
  @inline(__always)
  private func advance(_ window: inout Window) {
    window.ox &+= 1
    window.x &+= geometry.columns.stride
    guard window.ox == geometry.columns.outputExtent else { return }
    window.ox = 0
    window.x = geometry.columns.start(0)
    window.oy &+= 1
    window.y &+= geometry.rows.stride
    guard window.oy == geometry.rows.outputExtent else { return }
    window.oy = 0
    window.y = geometry.rows.start(0)
    window.image &+= geometry.rows.inputExtent &* geometry.columns.inputExtent
  }

  @inline(__always)
  private func pointAtTaps(
    under window: Window, in input: UnsafePointer<Int8>, zeros: UnsafePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    var target = pointers
    var y = window.y
    for _ in 0..<rows.kernelExtent {
      let isInside = y >= 0 && y < rows.inputExtent
      let row = input + (window.image &+ y &* columns.inputExtent) &* geometry.inChannels
      var x = window.x
      for _ in 0..<columns.kernelExtent {
        target.pointee = isInside && x >= 0 && x < columns.inputExtent ? row + x &* geometry.inChannels : zeros
        target += kernel.rowCount
        x &+= columns.dilation
      }
      y &+= rows.dilation
    }
  }

  /// - Parameter copy: a segment for each kernel row.
  private func pointAtRows(
    under window: Window, in input: UnsafePointer<Int8>, zeros: UnsafePointer<Int8>, copy: UnsafeMutablePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    let x0 = window.x
    let inputByteCount = geometry.batch * rows.inputExtent * columns.inputExtent * inChannels
    let isContiguous = columns.dilation == 1 && x0 >= 0 && x0 + columns.kernelExtent <= columns.inputExtent
    for ky in 0..<rows.kernelExtent {
      let y = window.y + ky * rows.dilation
      let start = (window.image + y * columns.inputExtent + x0) * inChannels
      if y < 0 || y >= rows.inputExtent {
        pointers[ky * kernel.rowCount] = zeros
      } else if isContiguous && start + segments.paddedByteCount <= inputByteCount {
        // The padding may reach into the next pixels: those bytes meet weights of zero.
        pointers[ky * kernel.rowCount] = input + start
      } else {
        let target = copy + ky * segments.paddedByteCount
        for kx in 0..<columns.kernelExtent {
          let distance = kx * columns.dilation
          if x0 + distance >= 0, x0 + distance < columns.inputExtent {
            (target + kx * inChannels).update(from: input + start + distance * inChannels, count: inChannels)
          } else {
            (target + kx * inChannels).update(from: zeros, count: inChannels)
          }
        }
        (target + segments.byteCount).update(repeating: 0, count: segments.paddedByteCount - segments.byteCount)
        pointers[ky * kernel.rowCount] = UnsafePointer(target)
      }
    }
  }

  /// Sum of the codes under one row of the tile, without padding.
  private func sum(_ pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>) -> Int32 {
    var total: Int32 = 0
    for segment in 0..<segments.count {
      total &+= edge_sum_s8(pointers[segment * kernel.rowCount], segments.byteCount)
    }
    return total
  }
}
