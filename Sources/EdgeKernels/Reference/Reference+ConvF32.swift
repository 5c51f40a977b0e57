extension Reference {
  /// float32 convolution, grouped or not: the bias, then the products in the order of the taps, each rounded once with its addition.
  /// - Parameters:
  ///   - weights: layout `o16`.
  ///   - units: output rows, batch included.
  public static func convF32(
    _ geometry: ConvGeometry, _ clamp: ClampF32, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    let depth = geometry.groupInChannels
    forEachTap(geometry, units, bias, clamp, output) { sum, o, tap, pixel in
      let x = input + pixel * geometry.inChannels + geometry.firstInChannel(o)
      for i in 0..<depth {
        let w = weights[PackedWeights.o16Index(output: o, k: tap * depth + i, depth: geometry.depth)]
        sum.addProduct(x[i], w)
      }
    }
  }

  /// float32 depthwise convolution; output channel `c` sees input channel `c / multiplier`. Rounds as `convF32`.
  /// - Parameter weights: layout `c16`.
  public static func depthwiseConvF32(
    _ geometry: ConvGeometry, _ clamp: ClampF32, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    let multiplier = geometry.outChannels / geometry.inChannels
    forEachTap(geometry, units, bias, clamp, output) { sum, c, tap, pixel in
      let w = weights[PackedWeights.o16Index(output: c, k: tap, depth: geometry.taps)]
      sum.addProduct(input[pixel * geometry.inChannels + c / multiplier], w)
    }
  }

  /// Calls `add(&sum, output channel, tap, pixel of the input)` for every tap inside the image of every output value.
  @inline(__always)
  private static func forEachTap(
    _ geometry: ConvGeometry, _ units: Range<Int>, _ bias: UnsafePointer<Float>, _ clamp: ClampF32,
    _ output: UnsafeMutablePointer<Float>, _ add: (inout Float, Int, Int, Int) -> Void
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    for unit in units {
      let (n, oy) = unit.quotientAndRemainder(dividingBy: rows.outputExtent)
      for ox in 0..<columns.outputExtent {
        for o in 0..<geometry.outChannels {
          var sum = bias[o]
          for ky in rows.taps(oy) {
            let line = n * rows.inputExtent + rows.start(oy) + ky * rows.dilation
            for kx in columns.taps(ox) {
              let pixel = line * columns.inputExtent + columns.start(ox) + kx * columns.dilation
              add(&sum, o, ky * columns.kernelExtent + kx, pixel)
            }
          }
          output[(unit * columns.outputExtent + ox) * geometry.outChannels + o] = clamp(sum)
        }
      }
    }
  }
}
