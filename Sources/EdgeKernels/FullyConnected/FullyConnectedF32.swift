import CEdgeKernels

/// float32 dense layer on matrix-product tiles: `y[n, o] = clamp(bias[o] + Σ x[n, k] · w[o, k])`. It promises an accuracy, not bits.
public struct FullyConnectedF32: Sendable {
  private let batch: Int
  private let depth: Int
  private let outChannels: Int
  private let clamp: ClampF32
  private let kernel: GemmF32

  public init(batch: Int, depth: Int, outChannels: Int, _ clamp: ClampF32, kernel: GemmF32) {
    self.batch = batch
    self.depth = depth
    self.outChannels = outChannels
    self.clamp = clamp
    self.kernel = kernel
  }

  /// Blocks of 16 output channels: the units of work.
  public var unitCount: Int { (outChannels + 15) / 16 }

  /// - Parameter weights: layout `o16`, K = `depth`.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    let first = units.lowerBound * 16
    let channelCount = min(units.upperBound * 16, outChannels) - first
    guard channelCount > 0 else { return }
    let capacity = GemmF32.maximumRowCount
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: capacity) { buffer in
      let pointers = buffer.baseAddress!
      var arguments = edge_gemm_f32(
        a: pointers, taps: 1, depth: depth, weights: weights + first * depth, bias: bias + first,
        minimum: clamp.minimum, maximum: clamp.maximum, rows: 0, channels: channelCount, output_stride: outChannels,
        output: nil)
      var n = 0
      while n < batch {
        let count = min(kernel.rowCount, batch - n)
        for row in 0..<capacity { pointers[row] = input + (n + min(row, count - 1)) * depth }
        arguments.rows = count
        arguments.output = output + n * outChannels + first
        kernel.tile(&arguments)
        n += count
      }
    }
  }
}
