extension Reference {
  /// float32 transposed convolution; see `transposeConvS8` for the axes.
  public static func transposeConvF32(
    batch: Int, rows: WindowAxis, columns: WindowAxis, inChannels: Int, outChannels: Int,
    bounds: (minimum: Float, maximum: Float), input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    for unit in units {
      let (n, oy) = (unit / rows.inputExtent, unit % rows.inputExtent)
      for ox in 0..<columns.inputExtent {
        for o in 0..<outChannels {
          var sum: Float = 0
          for ky in 0..<rows.kernelExtent {
            guard let y = rows.outputIndex(ofInput: oy, tap: ky) else { continue }
            for kx in 0..<columns.kernelExtent {
              guard let x = columns.outputIndex(ofInput: ox, tap: kx) else { continue }
              let pixel = input + ((n * rows.outputExtent + y) * columns.outputExtent + x) * inChannels
              let w = weights + ((o * rows.kernelExtent + ky) * columns.kernelExtent + kx) * inChannels
              for i in 0..<inChannels { sum += pixel[i] * w[i] }
            }
          }
          if let bias { sum += bias[o] }
          output[(unit * columns.inputExtent + ox) * outChannels + o] = min(max(sum, bounds.minimum), bounds.maximum)
        }
      }
    }
  }
}
