import CEdgeKernels

// For CPUs without a variant of their own, which may have no multiply-add: products and sums are rounded one by one.

extension GemmF32 {
  /// Portable 16-wide vectors.
  static let scalar = GemmF32(name: "gemm-f32-1x16-scalar", requires: [], rowCount: 1, roundsOnce: false) { p in
    guard let p = p?.pointee, let a = p.a, let weights = p.weights, let bias = p.bias, let output = p.output else {
      return
    }
    let clamp = ClampF32(minimum: p.minimum, maximum: p.maximum)
    var w = UnsafeRawPointer(weights)
    var c = 0
    while c < p.channels {
      let count = min(16, p.channels - c)
      var sum = SIMD16<Float>.zero
      for i in 0..<count { sum[i] = bias[c + i] }
      for tap in 0..<p.taps {
        guard let x = a[tap] else { return }
        for k in 0..<p.depth {
          sum += SIMD16(repeating: x[k]) * w.loadUnaligned(as: SIMD16<Float>.self)
          w += 64
        }
      }
      for i in 0..<count { output[c + i] = clamp(sum[i]) }
      c += 16
    }
  }
}

extension DepthwiseF32 {
  /// Plain Swift.
  static let scalar = DepthwiseF32(name: "depthwise-f32-1-scalar", requires: [], roundsOnce: false) { p, output in
    guard let p = p?.pointee, let output, let rows = p.input_rows, let weights = p.weights, let bias = p.bias else {
      return
    }
    let clamp = ClampF32(minimum: p.minimum, maximum: p.maximum)
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
            sum += row[x * p.channels + c] * w[(ky * p.kernel_width + kx) * 16]
          }
        }
        output[ox * p.channels + c] = clamp(sum)
      }
    }
  }
}
