import CEdgeKernels

extension GemmS8 {
  /// Plain Swift, for CPUs without a variant of their own.
  static let scalar = GemmS8(
    name: "gemm-s8-1x16c4-scalar", requires: [], rowCount: 1,
    tile: { a, taps, tapByteCount, w, bias, rowTerm, accumulators in
      guard let a, var w, let bias, let rowTerm, let accumulators else { return }
      for c in 0..<16 { accumulators[c] = bias[c] &+ rowTerm[0] }
      for tap in 0..<taps {
        guard let x = a[tap] else { return }
        var k = 0
        while k < tapByteCount {
          for c in 0..<16 {
            var sum = Int32(x[k]) &* Int32(w[4 * c])
            sum &+= Int32(x[k + 1]) &* Int32(w[4 * c + 1])
            sum &+= Int32(x[k + 2]) &* Int32(w[4 * c + 2])
            sum &+= Int32(x[k + 3]) &* Int32(w[4 * c + 3])
            accumulators[c] &+= sum
          }
          w += 64
          k &+= 4
        }
      }
    },
    requantize: { accumulators, rows, scale, output, stride, channels in
      guard let accumulators, let scale = scale?.pointee, let output else { return }
      for row in 0..<rows {
        for c in 0..<channels {
          output[row * stride + c] = scale.apply(accumulators[16 * row + c], channel: c)
        }
      }
    })
}

extension edge_requantize_s8 {
  @inline(__always)
  func apply(_ x: Int32, channel: Int) -> Int8 {
    let scale = QuantizedMultiplier(multiplier: multiplier[channel], shift: shift[channel])
    return ClampS8(minimum: minimum, maximum: maximum).apply(scale.apply(x), zeroPoint: zero_point)
  }
}

extension DepthwiseS8 {
  static let scalar = DepthwiseS8(name: "depthwise-s8-1-scalar", requires: []) { p, input, output in
    guard let p = p?.pointee, let input, let output, let weights = p.weights, let bias = p.bias else { return }
    for ox in 0..<p.output_width {
      let x0 = ox * p.stride_width - p.padding_left
      for c in 0..<p.channels {
        var sum = bias[c]
        let w = weights + c / 16 * 16 * p.kernel_height * p.kernel_width + c % 16
        for ky in p.tap_row_begin..<p.tap_row_end {
          for kx in 0..<p.kernel_width {
            let x = x0 + kx * p.dilation_width
            guard x >= 0, x < p.input_width else { continue }
            let value = Int32(input[ky * p.row_stride + x * p.channels + c]) - p.input_zero_point
            sum &+= value &* (Int32(w[(ky * p.kernel_width + kx) * 16]) - p.weight_zero_point)
          }
        }
        output[ox * p.channels + c] = p.scale.apply(sum, channel: c)
      }
    }
  }
}
