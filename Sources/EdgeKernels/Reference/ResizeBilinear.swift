extension Resize {
  /// Bilinear interpolation of int8 codes in integers: the weights are 10-bit, the sum of four is rounded once, ties away from zero.
  /// - Parameter rows: of the output's `batch · height`.
  public func bilinearS8(_ rows: Range<Int>, _ x: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>) {
    for row in rows {
      let (image, y) = (row / vertical.output, vertical.integerSample(row % vertical.output))
      let upper = x + (image * vertical.input + y.lower) * inputRow
      let lower = x + (image * vertical.input + y.upper) * inputRow
      var target = output + row * outputRow
      for column in 0..<horizontal.output {
        let sample = horizontal.integerSample(column)
        let (left, right) = (sample.lower * channels, sample.upper * channels)
        let (x00, x01, x10, x11) = (upper + left, upper + right, lower + left, lower + right)
        // 20-bit weights. Where the two elements of an axis are the same, weights may lie outside 0...2²⁰ and products may wrap, but
        // the sum is again below 2²⁷ in magnitude, so that it is right.
        let (wy, wx) = (Int32(truncatingIfNeeded: y.weight), Int32(truncatingIfNeeded: sample.weight))
        let (weight00, weight01) = ((1024 &- wy) &* (1024 &- wx), (1024 &- wy) &* wx)
        let (weight10, weight11) = (wy &* (1024 &- wx), wy &* wx)
        for c in 0..<channels {
          let top = Int32(x00[c]) &* weight00 &+ Int32(x01[c]) &* weight01
          let bottom = Int32(x10[c]) &* weight10 &+ Int32(x11[c]) &* weight11
          let sum = top &+ bottom
          target[c] = Int8(truncatingIfNeeded: (sum &+ (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20))
        }
        target += channels
      }
    }
  }

  /// Bilinear interpolation in float32.
  public func bilinearF32(_ rows: Range<Int>, _ x: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>) {
    bilinear(rows, x, output, load: { $0 }, store: { $0 })
  }

  /// TensorFlow Lite's rule for uint8, on re-centred codes (those of uint8 less 128): float32, then 0.5 is added and the fraction cut.
  ///
  /// This is what the x86-64 kernel gives, where each operation rounds; the aarch64 one fuses products and sums.
  public func bilinearU8(_ rows: Range<Int>, _ x: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>) {
    bilinear(rows, x, output, load: { Float(Int($0) + 128) }, store: { Int8(truncatingIfNeeded: Int($0 + 0.5) - 128) })
  }

  /// Four terms `(value · wy) · wx`, added in the reference's order: upper left, lower left, upper right, lower right.
  @inline(__always)
  private func bilinear<T: BitwiseCopyable>(
    _ rows: Range<Int>, _ x: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, load: (T) -> Float,
    store: (Float) -> T
  ) {
    for row in rows {
      let (image, y) = (row / vertical.output, vertical.sample(row % vertical.output))
      let upper = x + (image * vertical.input + y.lower) * inputRow
      let lower = x + (image * vertical.input + y.upper) * inputRow
      var target = output + row * outputRow
      for column in 0..<horizontal.output {
        let sample = horizontal.sample(column)
        let (left, right) = (sample.lower * channels, sample.upper * channels)
        let (x00, x01, x10, x11) = (upper + left, upper + right, lower + left, lower + right)
        let (wy, wx) = (y.weight, sample.weight)
        for c in 0..<channels {
          var sum = load(x00[c]) * (1 - wy) * (1 - wx)
          sum += load(x10[c]) * wy * (1 - wx)
          sum += load(x01[c]) * (1 - wy) * wx
          sum += load(x11[c]) * wy * wx
          target[c] = store(sum)
        }
        target += channels
      }
    }
  }
}
