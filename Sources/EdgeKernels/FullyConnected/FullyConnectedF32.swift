/// float32 dense layer: `y[n, o] = clamp(bias[o] + Σ x[n, k] · w[o, k])`.
public struct FullyConnectedF32: Sendable {
  private let batch: Int
  private let depth: Int
  private let outChannels: Int
  private let bounds: (minimum: Float, maximum: Float)

  public init(batch: Int, depth: Int, outChannels: Int, bounds: (minimum: Float, maximum: Float)) {
    self.batch = batch
    self.depth = depth
    self.outChannels = outChannels
    self.bounds = bounds
  }

  /// Blocks of 16 output channels: the units of work.
  public var unitCount: Int { (outChannels + 15) / 16 }

  /// - Parameter weights: layout `o16`, K = `depth`.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    for n in 0..<batch {
      let x = input + n * depth
      for block in units {
        let o = block * 16
        var w = UnsafeRawPointer(weights + o * depth)
        var sum = SIMD16<Float>.zero
        for k in 0..<depth {
          sum += SIMD16(repeating: x[k]) * w.loadUnaligned(as: SIMD16<Float>.self)
          w += 64
        }
        for c in 0..<min(16, outChannels - o) {
          output[n * outChannels + o + c] = min(max(sum[c] + bias[o + c], bounds.minimum), bounds.maximum)
        }
      }
    }
  }
}
