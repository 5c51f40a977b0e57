/// How an int8 dense layer's accumulator becomes a code: one float64 product, rounded to nearest with ties away from zero.
/// This is not the rule of convolutions.
public struct FullyConnectedRequantize: Sendable {
  public let zeroPoint: Int32
  public let clamp: ClampS8

  public init(zeroPoint: Int32, clamp: ClampS8) {
    self.zeroPoint = zeroPoint
    self.clamp = clamp
  }

  @inline(__always)
  func callAsFunction(_ accumulator: Int32, factor: Double) -> Int8 {
    clamp.apply(FixedPoint.roundToInt32(Double(accumulator) * factor), zeroPoint: zeroPoint)
  }
}

extension Reference {
  /// `y[n, o] = clamp(round((bias[o] + Σ (x − z_x)(w − z_w)) · factor[o]) + z_y)`.
  ///
  /// - Parameters:
  ///   - weights: layout `o16k4`, K = `depth`.
  ///   - channels: the last two rows hold `factor`.
  ///   - units: output channels.
  public static func fullyConnectedS8(
    batch: Int, depth: Int, outChannels: Int, inputZeroPoint: Int32, weightZeroPoint: Int32,
    requantize: FullyConnectedRequantize, input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>,
    channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>, units: Range<Int>
  ) {
    for n in 0..<batch {
      for o in units {
        var sum = channels.bias[o]
        for k in 0..<depth {
          let at = PackedWeights.o16k4Index(output: o, row: 0, k: k, rows: 1, rowDepth: depth)
          let w = Int32(weights[at]) &- weightZeroPoint
          sum &+= (Int32(input[n * depth + k]) &- inputZeroPoint) &* w
        }
        output[n * outChannels + o] = requantize(sum, factor: channels.factor(o))
      }
    }
  }
}
