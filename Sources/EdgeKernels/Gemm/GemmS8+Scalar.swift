import CEdgeKernels

extension GemmS8 {
  /// Plain Swift, for CPUs without a variant of their own.
  static let scalar = GemmS8(name: "gemm-s8-1x16c4-scalar", requires: [], rowCount: 1) { p in
    guard let p = p?.pointee, let a = p.a, let weights = p.weights, let bias = p.bias, let rowTerm = p.row_term else {
      return
    }
    let depth = p.taps * p.tap_byte_count
    for c in 0..<p.channels {
      var w = weights + c / 16 * depth * 16 + c % 16 * 4
      var sum = bias[c] &+ rowTerm[0]
      for tap in 0..<p.taps {
        guard let x = a[tap] else { return }
        var k = 0
        while k < p.tap_byte_count {
          for i in 0..<4 { sum &+= Int32(x[k &+ i]) &* Int32(w[i]) }
          w += 64
          k &+= 4
        }
      }
      if let accumulators = p.accumulators {
        accumulators[c] = sum
      } else {
        p.output[c] = p.scale.apply(sum, channel: c)
      }
    }
  }
}

extension edge_requantize_s8 {
  @inline(__always)
  func apply(_ x: Int32, channel: Int) -> Int8 {
    let scale = QuantizedMultiplier(multiplier: multiplier[channel], shift: shift[channel])
    return ClampS8(minimum: minimum, maximum: maximum).apply(scale.apply(x), zeroPoint: zero_point)
  }
}

extension DepthwiseS8 {
  /// Plain Swift, for CPUs without a variant of their own.
  static let scalar = DepthwiseS8(name: "depthwise-s8-1-scalar", requires: [], kernelExtent: nil) { p, output in
    guard let p = p?.pointee, let output, let rows = p.input_rows, let weights = p.weights, let bias = p.bias else {
      return
    }
    for ox in 0..<p.output_width {
      let x0 = ox * p.stride_width - p.padding_left
      for c in 0..<p.channels {
        var sum = bias[c]
        let w = weights + c / 16 * 16 * p.kernel_height * p.kernel_width + c % 16
        for ky in p.tap_row_begin..<p.tap_row_end {
          guard let row = rows[ky] else { return }
          for kx in 0..<p.kernel_width {
            let x = x0 + kx * p.dilation_width
            guard x >= 0, x < p.input_width else { continue }
            let value = Int32(row[x * p.channels + c]) - p.input_zero_point
            sum &+= value &* (Int32(w[(ky * p.kernel_width + kx) * 16]) - p.weight_zero_point)
          }
        }
        output[ox * p.channels + c] = p.scale.apply(sum, channel: c)
      }
    }
  }
}
