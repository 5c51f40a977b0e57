/// float32 convolution on portable 16-wide vectors. It promises an accuracy, not bits: products and sums are rounded one by one, in
/// the order of the taps.
public struct ConvF32: Sendable {
  private let geometry: ConvGeometry
  private let bounds: (minimum: Float, maximum: Float)

  public init(_ geometry: ConvGeometry, bounds: (minimum: Float, maximum: Float)) {
    self.geometry = geometry
    self.bounds = bounds
  }

  /// - Parameters:
  ///   - weights: layout `o16`.
  ///   - units: output rows, batch included.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    forEachWindow(geometry, input, units) { window, position in
      let pixel = output + position * geometry.outChannels
      var o = 0
      while o < geometry.outChannels {
        let count = min(16, geometry.outChannels - o)
        let block = weights + o * geometry.depth
        if geometry.isGrouped {
          for c in 0..<count { pixel[o + c] = clamped(grouped(window, block + c, channel: o + c) + bias[o + c]) }
        } else {
          let sum = dense(window, block)
          for c in 0..<count { pixel[o + c] = clamped(sum[c] + bias[o + c]) }
        }
        o += 16
      }
    }
  }

  @inline(__always)
  private func clamped(_ value: Float) -> Float { min(max(value, bounds.minimum), bounds.maximum) }

  /// Sixteen output channels that all see every input channel.
  @inline(__always)
  private func dense(_ window: Window, _ weights: UnsafePointer<Float>) -> SIMD16<Float> {
    let channels = geometry.inChannels
    var sum = SIMD16<Float>.zero
    for ky in window.tapRows {
      for kx in window.tapColumns {
        let x = window.pixel(geometry, ky, kx)
        var w = UnsafeRawPointer(weights + (ky * geometry.columns.kernelExtent + kx) * channels * 16)
        for i in 0..<channels {
          sum += SIMD16(repeating: x[i]) * w.loadUnaligned(as: SIMD16<Float>.self)
          w += 64
        }
      }
    }
    return sum
  }

  /// One output channel that sees the input channels of its group.
  private func grouped(_ window: Window, _ weights: UnsafePointer<Float>, channel: Int) -> Float {
    let depth = geometry.groupInChannels
    let first = geometry.firstInChannel(channel)
    var sum: Float = 0
    for ky in window.tapRows {
      for kx in window.tapColumns {
        let x = window.pixel(geometry, ky, kx) + first
        let w = weights + (ky * geometry.columns.kernelExtent + kx) * depth * 16
        for i in 0..<depth { sum += x[i] * w[i * 16] }
      }
    }
    return sum
  }
}

/// float32 depthwise convolution; output channel `c` sees input channel `c / multiplier`.
public struct DepthwiseConvF32: Sendable {
  private let geometry: ConvGeometry
  private let bounds: (minimum: Float, maximum: Float)

  public init(_ geometry: ConvGeometry, bounds: (minimum: Float, maximum: Float)) {
    self.geometry = geometry
    self.bounds = bounds
  }

  /// - Parameters:
  ///   - weights: layout `c16`.
  ///   - units: output rows, batch included.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    let multiplier = geometry.outChannels / geometry.inChannels
    forEachWindow(geometry, input, units) { window, position in
      let pixel = output + position * geometry.outChannels
      for c in 0..<geometry.outChannels {
        let w = weights + (c / 16 * geometry.taps * 16 + c % 16)
        var sum: Float = 0
        for ky in window.tapRows {
          for kx in window.tapColumns {
            let tap = ky * geometry.columns.kernelExtent + kx
            sum += window.pixel(geometry, ky, kx)[c / multiplier] * w[tap * 16]
          }
        }
        pixel[c] = min(max(sum + bias[c], bounds.minimum), bounds.maximum)
      }
    }
  }
}

/// The part of an image under one output position.
private struct Window {
  let image: UnsafePointer<Float>
  let y0: Int
  let x0: Int
  let tapRows: Range<Int>
  let tapColumns: Range<Int>

  @inline(__always)
  func pixel(_ geometry: ConvGeometry, _ ky: Int, _ kx: Int) -> UnsafePointer<Float> {
    let (y, x) = (y0 + ky * geometry.rows.dilation, x0 + kx * geometry.columns.dilation)
    return image + (y * geometry.columns.inputExtent + x) * geometry.inChannels
  }
}

/// Calls `body` with the window and the index of every output pixel of a range of rows.
@inline(__always)
private func forEachWindow(
  _ geometry: ConvGeometry, _ input: UnsafePointer<Float>, _ units: Range<Int>, _ body: (Window, Int) -> Void
) {
  let (rows, columns) = (geometry.rows, geometry.columns)
  for unit in units {
    let (n, oy) = unit.quotientAndRemainder(dividingBy: rows.outputExtent)
    let image = input + n * rows.inputExtent * columns.inputExtent * geometry.inChannels
    let (y0, tapRows) = (rows.start(oy), rows.taps(oy))
    for ox in 0..<columns.outputExtent {
      let window = Window(image: image, y0: y0, x0: columns.start(ox), tapRows: tapRows, tapColumns: columns.taps(ox))
      body(window, unit * columns.outputExtent + ox)
    }
  }
}
