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
  private let notes: [UInt8]
  private let joinedNotes: [UInt8]
  /// Whether the taps of a kernel row may be read as one: a tile that lies inside the image then needs fewer pointers.
  private let joinsTaps: Bool

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
    notes = kernel.notes(
      weights: weights, outChannels: geometry.outChannels, taps: segments.count, tapByteCount: segments.paddedByteCount)
    joinsTaps =
      !segments.areRows && geometry.columns.kernelExtent > 1 && geometry.columns.dilation == 1
      && geometry.rowDepth % 4 == 0
    joinedNotes =
      joinsTaps
      ? kernel.notes(
        weights: weights, outChannels: geometry.outChannels, taps: geometry.rows.kernelExtent,
        tapByteCount: geometry.rowDepth)
      : []
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
    guard first < end else { return }
    var arguments = edge_gemm_s8(
      a: pointers, taps: segments.count, tap_byte_count: segments.paddedByteCount, weights: weights,
      notes: nil, bias: channels.foldedBias, row_term: rowTerm,
      scale: edge_requantize_s8(
        multiplier: channels.multiplier, shift: channels.shift, largest_shift: channels.largestShift,
        zero_point: quantization.outputZeroPoint,
        minimum: quantization.clamp.minimum, maximum: quantization.clamp.maximum),
      rows: 0, channels: geometry.outChannels, output: nil, accumulators: nil)
    var cursor = Cursor(pixel: first, geometry)
    notes.withUnsafeBufferPointer { notes in
      joinedNotes.withUnsafeBufferPointer { joinedNotes in
        while cursor.pixel < end {
          let pixel = cursor.pixel
          let count = min(mr, end &- pixel)
          arguments.taps = segments.count
          arguments.tap_byte_count = segments.paddedByteCount
          arguments.notes = notes.baseAddress
          if isPointwise {
            for row in 0..<count { pointers[row] = input + (pixel &+ row) &* geometry.inChannels }
            cursor.pixel &+= count
          } else if joinsTaps, cursor.isInside(count: count, geometry) {
            pointAtJoinedTaps(under: cursor, count: count, in: input, pointers: pointers)
            cursor.advance(by: count, geometry)
            arguments.taps = geometry.rows.kernelExtent
            arguments.tap_byte_count = geometry.rowDepth
            arguments.notes = joinedNotes.baseAddress
          } else {
            for row in 0..<count {
              if segments.areRows {
                let copy = copies + row * segments.count * segments.paddedByteCount
                pointAtRows(under: cursor, in: input, zeros: zeros, copy: copy, pointers: pointers + row)
              } else {
                pointAtTaps(under: cursor, in: input, zeros: zeros, pointers: pointers + row)
              }
              cursor.advance(by: 1, geometry)
            }
          }
          if count < mr {
            // Rows past the end repeat the last pixel; their results are not stored.
            for tap in 0..<arguments.taps {
              for row in count..<mr { pointers[tap &* mr &+ row] = pointers[tap &* mr &+ count &- 1] }
            }
          }
          if quantization.weightZeroPoint != 0 {
            edge_row_terms_s8(
              pointers, arguments.taps, mr, mr, segments.areRows ? segments.byteCount : arguments.tap_byte_count,
              0 &- quantization.weightZeroPoint, rowTerm)
          }
          arguments.rows = count
          arguments.output = output + pixel * geometry.outChannels
          kernel.tile(&arguments)
        }
      }
    }
  }

  /// A 1x1 convolution with stride 1: its pixels are those of the image, one after the other.
  private var isPointwise: Bool {
    geometry.taps == 1 && geometry.rows.stride == 1 && geometry.columns.stride == 1 && !segments.areRows
  }

  /// An output pixel, and where its window begins.
  private struct Cursor {
    var pixel: Int
    private var column: Int
    private var row: Int
    private(set) var batch: Int
    private(set) var x: Int
    private(set) var y: Int

    init(pixel: Int, _ geometry: ConvGeometry) {
      self.pixel = pixel
      let (line, column) = pixel.quotientAndRemainder(dividingBy: geometry.columns.outputExtent)
      self.column = column
      (batch, row) = line.quotientAndRemainder(dividingBy: geometry.rows.outputExtent)
      (x, y) = (geometry.columns.start(column), geometry.rows.start(row))
    }

    @inline(__always)
    mutating func advance(by count: Int, _ geometry: ConvGeometry) {
      pixel &+= count
      column &+= count
      x &+= count &* geometry.columns.stride
      while column >= geometry.columns.outputExtent {
        column &-= geometry.columns.outputExtent
        x = geometry.columns.start(column)
        row &+= 1
        y &+= geometry.rows.stride
        if row == geometry.rows.outputExtent {
          batch &+= 1
          row = 0
          y = geometry.rows.start(0)
        }
      }
    }

    /// Whether the windows of `count` pixels from here on lie in one line and inside the image.
    @inline(__always)
    func isInside(count: Int, _ geometry: ConvGeometry) -> Bool {
      let (rows, columns) = (geometry.rows, geometry.columns)
      return column &+ count <= columns.outputExtent && x >= 0 && y >= 0
        && x &+ (count &- 1) &* columns.stride &+ columns.kernelExtent <= columns.inputExtent
        && y &+ (rows.kernelExtent &- 1) &* rows.dilation < rows.inputExtent
    }
  }

  @inline(__always)
  private func pointAtJoinedTaps(
    under cursor: Cursor, count: Int, in input: UnsafePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns, mr) = (geometry.rows, geometry.columns, kernel.rowCount)
    let rowByteCount = columns.inputExtent &* geometry.inChannels
    let step = columns.stride &* geometry.inChannels
    var line = input + (cursor.batch &* rows.inputExtent &+ cursor.y) &* rowByteCount + cursor.x &* geometry.inChannels
    var target = pointers
    for _ in 0..<rows.kernelExtent {
      var pixel = line
      for row in 0..<count {
        target[row] = pixel
        pixel += step
      }
      target += mr
      line += rows.dilation &* rowByteCount
    }
  }

  @inline(__always)
  private func pointAtTaps(
    under cursor: Cursor, in input: UnsafePointer<Int8>, zeros: UnsafePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns, inChannels, mr) = (geometry.rows, geometry.columns, geometry.inChannels, kernel.rowCount)
    let image = cursor.batch &* rows.inputExtent
    var (y, target) = (cursor.y, pointers)
    for _ in 0..<rows.kernelExtent {
      let isInside = y >= 0 && y < rows.inputExtent
      let line = (image &+ y) &* columns.inputExtent
      var x = cursor.x
      for _ in 0..<columns.kernelExtent {
        let inside = isInside && x >= 0 && x < columns.inputExtent
        target.pointee = inside ? input + (line &+ x) &* inChannels : zeros
        target += mr
        x &+= columns.dilation
      }
      y &+= rows.dilation
    }
  }

  /// - Parameter copy: a segment for each kernel row.
  private func pointAtRows(
    under cursor: Cursor, in input: UnsafePointer<Int8>, zeros: UnsafePointer<Int8>, copy: UnsafeMutablePointer<Int8>,
    pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    let (n, y0, x0) = (cursor.batch, cursor.y, cursor.x)
    let lineByteCount = columns.inputExtent &* inChannels
    let inputByteCount = geometry.batch &* rows.inputExtent &* lineByteCount
    let isContiguous = columns.dilation == 1 && x0 >= 0 && x0 &+ columns.kernelExtent <= columns.inputExtent
    // The padding may reach into the next pixels: those bytes meet weights of zero.
    let first = (n &* rows.inputExtent &+ y0) &* lineByteCount &+ x0 &* inChannels
    let step = rows.dilation &* lineByteCount
    let last = first &+ (rows.kernelExtent &- 1) &* step
    if isContiguous, y0 >= 0, y0 &+ (rows.kernelExtent &- 1) &* rows.dilation < rows.inputExtent,
      last &+ segments.paddedByteCount <= inputByteCount
    {
      var (source, target) = (input + first, pointers)
      for _ in 0..<rows.kernelExtent {
        target.pointee = source
        source += step
        target += kernel.rowCount
      }
      return
    }
    for ky in 0..<rows.kernelExtent {
      let y = y0 + ky * rows.dilation
      let start = ((n &* rows.inputExtent &+ y) &* columns.inputExtent &+ x0) &* inChannels
      if y < 0 || y >= rows.inputExtent {
        pointers[ky * kernel.rowCount] = zeros
      } else if isContiguous && start + segments.paddedByteCount <= inputByteCount {
        pointers[ky * kernel.rowCount] = input + start
      } else {
        let target = copy + ky &* segments.paddedByteCount
        var source = input + start
        var (x, position) = (x0, 0)
        for _ in 0..<columns.kernelExtent {
          let isInside = x >= 0 && x < columns.inputExtent
          for i in 0..<inChannels { target[position &+ i] = isInside ? source[i] : zeros[i] }
          position &+= inChannels
          source += columns.dilation &* inChannels
          x &+= columns.dilation
        }
        for i in segments.byteCount..<segments.paddedByteCount { target[i] = 0 }
        pointers[ky * kernel.rowCount] = UnsafePointer(target)
      }
    }
  }
}
