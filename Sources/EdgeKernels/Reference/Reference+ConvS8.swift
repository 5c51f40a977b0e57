/// The definition of int8 convolutions: plain loops over what the formula says.
extension Reference {
  /// `y[n, oy, ox, o] = clamp(scale_o(bias[o] + Σ (x − z_x)(w − z_w)) + z_y)`, taps outside the image skipped.
  ///
  /// - Parameters:
  ///   - weights: layout `o16k4`.
  ///   - units: output rows, batch included.
  public static func convS8(
    _ geometry: ConvGeometry, _ quantization: ConvQuantization, input: UnsafePointer<Int8>,
    weights: UnsafePointer<Int8>,
    channels: ChannelTable, output: UnsafeMutablePointer<Int8>, units: Range<Int>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    for unit in units {
      let (n, oy) = (unit / rows.outputExtent, unit % rows.outputExtent)
      for ox in 0..<columns.outputExtent {
        for o in 0..<geometry.outChannels {
          var sum = channels.bias[o]
          for ky in 0..<rows.kernelExtent {
            let y = oy * rows.stride - rows.paddingBefore + ky * rows.dilation
            guard y >= 0, y < rows.inputExtent else { continue }
            for kx in 0..<columns.kernelExtent {
              let x = ox * columns.stride - columns.paddingBefore + kx * columns.dilation
              guard x >= 0, x < columns.inputExtent else { continue }
              let pixel = ((n * rows.inputExtent + y) * columns.inputExtent + x) * geometry.inChannels
              for i in 0..<geometry.groupInChannels {
                let at = PackedWeights.o16k4Index(
                  output: o, row: ky, k: kx * geometry.groupInChannels + i, rows: rows.kernelExtent,
                  rowDepth: geometry.rowDepth)
                let value = Int32(input[pixel + geometry.firstInChannel(o) + i]) &- quantization.inputZeroPoint
                sum &+= value &* (Int32(weights[at]) &- quantization.weightZeroPoint)
              }
            }
          }
          output[(unit * columns.outputExtent + ox) * geometry.outChannels + o] =
            quantization.clamp.apply(channels.apply(sum, channel: o), zeroPoint: quantization.outputZeroPoint)
        }
      }
    }
  }

  /// Depthwise convolution: output channel `c` sees input channel `c / multiplier` alone.
  ///
  /// - Parameters:
  ///   - geometry: `outChannels = inChannels · multiplier`, `groupInChannels = 1`.
  ///   - weights: layout `c16`.
  public static func depthwiseConvS8(
    _ geometry: ConvGeometry, _ quantization: ConvQuantization, input: UnsafePointer<Int8>,
    weights: UnsafePointer<Int8>,
    channels: ChannelTable, output: UnsafeMutablePointer<Int8>, units: Range<Int>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let multiplier = geometry.outChannels / geometry.inChannels
    for unit in units {
      let (n, oy) = (unit / rows.outputExtent, unit % rows.outputExtent)
      for ox in 0..<columns.outputExtent {
        for c in 0..<geometry.outChannels {
          var sum = channels.bias[c]
          for ky in 0..<rows.kernelExtent {
            let y = oy * rows.stride - rows.paddingBefore + ky * rows.dilation
            guard y >= 0, y < rows.inputExtent else { continue }
            for kx in 0..<columns.kernelExtent {
              let x = ox * columns.stride - columns.paddingBefore + kx * columns.dilation
              guard x >= 0, x < columns.inputExtent else { continue }
              let pixel = ((n * rows.inputExtent + y) * columns.inputExtent + x) * geometry.inChannels
              let tap = ky * columns.kernelExtent + kx
              let w = weights[PackedWeights.o16Index(output: c, k: tap, depth: geometry.taps)]
              let value = Int32(input[pixel + c / multiplier]) &- quantization.inputZeroPoint
              sum &+= value &* (Int32(w) &- quantization.weightZeroPoint)
            }
          }
          output[(unit * columns.outputExtent + ox) * geometry.outChannels + c] =
            quantization.clamp.apply(channels.apply(sum, channel: c), zeroPoint: quantization.outputZeroPoint)
        }
      }
    }
  }

  /// Transposed convolution, as a sum over the input pixels that a forward convolution from output to input would have joined with
  /// this output pixel.
  ///
  /// - Parameters:
  ///   - rows, columns: the axes of that forward convolution: `inputExtent` is this operator's output.
  ///   - weights: OHWI, row-major.
  ///   - units: output rows, batch included.
  public static func transposeConvS8(
    batch: Int, rows: WindowAxis, columns: WindowAxis, inChannels: Int, outChannels: Int,
    _ quantization: ConvQuantization, input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>, units: Range<Int>
  ) {
    for unit in units {
      let (n, oy) = (unit / rows.inputExtent, unit % rows.inputExtent)
      for ox in 0..<columns.inputExtent {
        for o in 0..<outChannels {
          var sum = channels.bias[o]
          for ky in 0..<rows.kernelExtent {
            guard let y = rows.outputIndex(ofInput: oy, tap: ky) else { continue }
            for kx in 0..<columns.kernelExtent {
              guard let x = columns.outputIndex(ofInput: ox, tap: kx) else { continue }
              let pixel = input + ((n * rows.outputExtent + y) * columns.outputExtent + x) * inChannels
              let w = weights + ((o * rows.kernelExtent + ky) * columns.kernelExtent + kx) * inChannels
              for i in 0..<inChannels {
                sum &+=
                  (Int32(pixel[i]) &- quantization.inputZeroPoint) &* (Int32(w[i]) &- quantization.weightZeroPoint)
              }
            }
          }
          output[(unit * columns.inputExtent + ox) * outChannels + o] =
            quantization.clamp.apply(channels.apply(sum, channel: o), zeroPoint: quantization.outputZeroPoint)
        }
      }
    }
  }
}

extension WindowAxis {
  /// The output position whose tap `tap` lies on input position `position`, or nil if there is none.
  @inline(__always)
  func outputIndex(ofInput position: Int, tap: Int) -> Int? {
    let distance = position + paddingBefore - tap * dilation
    guard distance >= 0, distance % stride == 0, distance / stride < outputExtent else { return nil }
    return distance / stride
  }
}
