import CEdgeKernels

/// float32 convolution as an implicit matrix product: tiles of output pixels by all output channels. It promises an accuracy, not bits.
///
/// The pixels under a tile are found by pointers, one for each kernel row of each output pixel. The pixels of a kernel row lie side by
/// side in the image; only where it reaches over the edge, or taps are dilated, are they copied. Rows outside the image are zeros.
public struct ConvF32: Sendable {
  private let geometry: ConvGeometry
  private let clamp: ClampF32
  private let kernel: GemmF32

  /// - Precondition: `geometry` is not grouped.
  public init(_ geometry: ConvGeometry, _ clamp: ClampF32, kernel: GemmF32) {
    precondition(!geometry.isGrouped)
    self.geometry = geometry
    self.clamp = clamp
    self.kernel = kernel
  }

  /// Bytes of scratch memory for each worker, enough for every variant: pointers, a kernel row of zeros, and copies. Never more than a
  /// fixed multiple of the weights' size.
  public static func scratchByteCount(_ geometry: ConvGeometry) -> Int {
    let rows = GemmF32.maximumRowCount * geometry.rows.kernelExtent
    return rows * 8 + (1 + rows) * geometry.rowDepth * 4
  }

  /// - Parameters:
  ///   - weights: layout `o16`.
  ///   - units: output rows, batch included.
  ///   - scratch: `scratchByteCount` bytes, 64-byte aligned.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let (mr, taps, depth) = (kernel.rowCount, geometry.rows.kernelExtent, geometry.rowDepth)
    let pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
    let zeros = (scratch + GemmF32.maximumRowCount * taps * 8).assumingMemoryBound(to: Float.self)
    let copies = zeros + depth
    zeros.update(repeating: 0, count: depth)
    var arguments = edge_gemm_f32(
      a: pointers, taps: taps, depth: depth, weights: weights, bias: bias, minimum: clamp.minimum,
      maximum: clamp.maximum, rows: 0, channels: geometry.outChannels, output_stride: geometry.outChannels, output: nil)
    let width = geometry.columns.outputExtent
    var pixel = units.lowerBound * width
    let end = units.upperBound * width
    guard pixel < end else { return }
    var (unit, ox) = (units.lowerBound, 0)
    while pixel < end {
      let count = min(mr, end &- pixel)
      for row in 0..<count {
        point(
          at: unit, ox, in: input, zeros: zeros, copies: copies + row &* taps &* depth, pointers: pointers + row)
        ox &+= 1
        if ox == width { (unit, ox) = (unit &+ 1, 0) }
      }
      // Rows past the end repeat the last pixel; their results are not stored.
      for row in count..<max(count, mr) {
        for tap in 0..<taps { pointers[tap &* mr &+ row] = pointers[tap &* mr &+ count &- 1] }
      }
      arguments.rows = count
      arguments.output = output + pixel * geometry.outChannels
      kernel.tile(&arguments)
      pixel &+= count
    }
  }

  /// Finds the kernel rows under one output pixel.
  /// - Parameters:
  ///   - unit: output row, batch included.
  ///   - copies: room for all of them.
  ///   - pointers: one for each, `kernel.rowCount` apart.
  @inline(__always)
  private func point(
    at unit: Int, _ ox: Int, in input: UnsafePointer<Float>, zeros: UnsafePointer<Float>,
    copies: UnsafeMutablePointer<Float>, pointers: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let (rows, columns, inChannels) = (geometry.rows, geometry.columns, geometry.inChannels)
    let (n, oy) = unit.quotientAndRemainder(dividingBy: rows.outputExtent)
    let (y0, x0) = (rows.start(oy), columns.start(ox))
    let isContiguous =
      (columns.dilation == 1 || columns.kernelExtent == 1) && x0 >= 0
      && x0 &+ columns.kernelExtent <= columns.inputExtent
    var (y, target, copy) = (y0, pointers, copies)
    for _ in 0..<rows.kernelExtent {
      if y < 0 || y >= rows.inputExtent {
        target.pointee = zeros
      } else {
        let line = (n &* rows.inputExtent &+ y) &* columns.inputExtent
        if isContiguous {
          target.pointee = input + (line &+ x0) &* inChannels
        } else {
          target.pointee = UnsafePointer(copy)
          var x = x0
          for _ in 0..<columns.kernelExtent {
            let isInside = x >= 0 && x < columns.inputExtent
            copy.update(from: isInside ? input + (line &+ x) &* inChannels : zeros, count: inChannels)
            copy += inChannels
            x &+= columns.dilation
          }
        }
      }
      target += kernel.rowCount
      y &+= rows.dilation
    }
  }
}
