import CEdgeKernels

/// int8 convolution as an implicit matrix product: tiles of output pixels by 16 output channels, equal to `Reference.convS8` on
/// every byte.
///
/// The pixels under a tile are found by pointers, one for each tap and row, when `inChannels` is a multiple of 4; taps outside
/// the image point at a row of input zero points. Other channel counts copy the patches of one tile, never of the image.
public struct ConvS8: Sendable {
  private let geometry: ConvGeometry
  private let quantization: ConvQuantization
  private let kernel: GemmS8

  /// - Precondition: `geometry` is not grouped.
  public init(_ geometry: ConvGeometry, _ quantization: ConvQuantization, kernel: GemmS8) {
    precondition(!geometry.isGrouped)
    self.geometry = geometry
    self.quantization = quantization
    self.kernel = kernel
  }

  /// Whether patches are copied.
  private static func copiesPatches(_ geometry: ConvGeometry) -> Bool { geometry.inChannels % 4 != 0 }

  private var paddedDepth: Int { (geometry.depth + 3) / 4 * 4 }

  /// Bytes of scratch memory for each worker, enough for every variant. Never more than a fixed multiple of the weights' size.
  public static func scratchByteCount(_ geometry: ConvGeometry) -> Int {
    let rows = GemmS8.maximumRowCount
    guard !copiesPatches(geometry) else { return 64 + rows * 8 + rows * ((geometry.depth + 3) / 4 * 4) }
    return 64 + rows * geometry.taps * 8 + geometry.inChannels
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
    let copies = ConvS8.copiesPatches(geometry)
    let taps = copies ? 1 : geometry.taps
    let tapByteCount = copies ? paddedDepth : geometry.inChannels

    // Scratch: row terms, pointers, then patches or the row of zero points.
    let rowTerm = scratch.assumingMemoryBound(to: Int32.self)
    let pointers = (scratch + 64).assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    let spare = (scratch + 64 + GemmS8.maximumRowCount * taps * 8).assumingMemoryBound(to: Int8.self)
    for row in 0..<mr { rowTerm[row] = 0 }
    if copies {
      for row in 0..<mr { pointers[row] = UnsafePointer(spare + row * paddedDepth) }
    } else {
      spare.update(repeating: Int8(truncatingIfNeeded: quantization.inputZeroPoint), count: geometry.inChannels)
    }

    let width = geometry.columns.outputExtent
    let (first, end) = (units.lowerBound * width, units.upperBound * width)
    var arguments = edge_gemm_s8(
      a: pointers, taps: taps, tap_byte_count: tapByteCount, weights: weights, bias: channels.foldedBias,
      row_term: rowTerm,
      scale: edge_requantize_s8(
        multiplier: channels.multiplier, shift: channels.shift, zero_point: quantization.outputZeroPoint,
        minimum: quantization.clamp.minimum, maximum: quantization.clamp.maximum),
      rows: 0, channels: geometry.outChannels, output: nil, accumulators: nil)
    var pixel = first
    while pixel < end {
      let count = min(mr, end - pixel)
      for row in 0..<mr {
        // Rows past the end repeat the last pixel; their results are not stored.
        let position = pixel + min(row, count - 1)
        if copies {
          copyPatch(of: position, from: input, to: spare + row * paddedDepth)
        } else {
          point(to: position, in: input, zeros: UnsafePointer(spare), pointers: pointers + row)
        }
        if quantization.weightZeroPoint != 0 {
          rowTerm[row] = 0 &- quantization.weightZeroPoint &* sum(pointers + row, taps: taps)
        }
      }
      arguments.rows = count
      arguments.output = output + pixel * geometry.outChannels
      kernel.tile(&arguments)
      pixel += count
    }
  }

  /// Where output pixel `position`'s window begins.
  @inline(__always)
  private func origin(of position: Int) -> (batch: Int, y: Int, x: Int) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let (row, ox) = position.quotientAndRemainder(dividingBy: columns.outputExtent)
    let (n, oy) = row.quotientAndRemainder(dividingBy: rows.outputExtent)
    return (n, oy * rows.stride - rows.paddingBefore, ox * columns.stride - columns.paddingBefore)
  }

  @inline(__always)
  private func point(
    to position: Int, in input: UnsafePointer<Int8>, zeros: UnsafePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let (n, y0, x0) = origin(of: position)
    var tap = 0
    for ky in 0..<rows.kernelExtent {
      let y = y0 + ky * rows.dilation
      let isInside = y >= 0 && y < rows.inputExtent
      let row = (n * rows.inputExtent + y) * columns.inputExtent
      for kx in 0..<columns.kernelExtent {
        let x = x0 + kx * columns.dilation
        let inside = isInside && x >= 0 && x < columns.inputExtent
        pointers[tap * kernel.rowCount] = inside ? input + (row + x) * geometry.inChannels : zeros
        tap += 1
      }
    }
  }

  private func copyPatch(of position: Int, from input: UnsafePointer<Int8>, to patch: UnsafeMutablePointer<Int8>) {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    let zero = Int8(truncatingIfNeeded: quantization.inputZeroPoint)
    let (n, y0, x0) = origin(of: position)
    var target = patch
    for ky in 0..<rows.kernelExtent {
      let y = y0 + ky * rows.dilation
      let row = (n * rows.inputExtent + y) * columns.inputExtent
      if y >= 0, y < rows.inputExtent, columns.dilation == 1, x0 >= 0, x0 + columns.kernelExtent <= columns.inputExtent
      {
        let count = columns.kernelExtent * inChannels
        target.update(from: input + (row + x0) * inChannels, count: count)
        target += count
        continue
      }
      for kx in 0..<columns.kernelExtent {
        let x = x0 + kx * columns.dilation
        if y >= 0, y < rows.inputExtent, x >= 0, x < columns.inputExtent {
          target.update(from: input + (row + x) * inChannels, count: inChannels)
        } else {
          target.update(repeating: zero, count: inChannels)
        }
        target += inChannels
      }
    }
    target.update(repeating: 0, count: paddedDepth - geometry.depth)
  }

  /// Sum of the codes under one row of the tile; padding bytes are 0.
  private func sum(_ pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>, taps: Int) -> Int32 {
    let count = taps == 1 ? geometry.depth : geometry.inChannels
    var total: Int32 = 0
    for tap in 0..<taps {
      guard let x = pointers[tap * kernel.rowCount] else { continue }
      total &+= edge_sum_s8(x, count)
    }
    return total
  }
}
