import CEdgeKernels

/// int8 dense layer on matrix-product tiles, equal to `Reference.fullyConnectedS8` on every byte.
public struct FullyConnectedS8: Sendable {
  private let batch: Int
  private let depth: Int
  private let outChannels: Int
  private let weightZeroPoint: Int32
  private let requantize: FullyConnectedRequantize
  private let kernel: GemmS8
  private let factors: FactorRunS8?
  private let notes: [UInt8]

  /// - Parameter factors: requantizes; nil for plain Swift.
  /// - Precondition: `weights` are those of every later call.
  public init(
    batch: Int, depth: Int, outChannels: Int, weightZeroPoint: Int32, requantize: FullyConnectedRequantize,
    kernel: GemmS8, factors: FactorRunS8?, weights: UnsafePointer<Int8>
  ) {
    self.batch = batch
    self.depth = depth
    self.outChannels = outChannels
    self.weightZeroPoint = weightZeroPoint
    self.requantize = requantize
    self.kernel = kernel
    self.factors = factors
    notes = kernel.notes(
      weights: weights, outChannels: outChannels, taps: 1, tapByteCount: FullyConnectedS8.paddedDepth(depth))
  }

  private static func paddedDepth(_ depth: Int) -> Int { (depth &+ 3) / 4 &* 4 }

  /// Bytes of scratch memory for each worker. Rows whose length is not a multiple of 4 are copied and padded.
  public static func scratchByteCount(depth: Int) -> Int {
    let rows = GemmS8.maximumRowCount
    let copies = depth % 4 == 0 ? 0 : rows * paddedDepth(depth)
    return rows * GemmS8.channelCount * 4 + 64 + rows * 8 + copies
  }

  /// Blocks of 16 output channels: the units of work.
  public var unitCount: Int { (outChannels + 15) / 16 }

  public func callAsFunction(
    input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    units: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let mr = kernel.rowCount
    let padded = FullyConnectedS8.paddedDepth(depth)
    let accumulators = scratch.assumingMemoryBound(to: Int32.self)
    let rowTerm = (scratch + GemmS8.maximumRowCount * GemmS8.channelCount * 4).assumingMemoryBound(to: Int32.self)
    let pointerStart = scratch + GemmS8.maximumRowCount * GemmS8.channelCount * 4 + 64
    let pointers = pointerStart.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    let copies = (pointerStart + GemmS8.maximumRowCount * 8).assumingMemoryBound(to: Int8.self)

    var first = 0
    while first < batch {
      let count = min(mr, batch &- first)
      for row in 0..<count {
        let x = input + (first &+ row) &* depth
        rowTerm[row] = weightZeroPoint == 0 ? 0 : 0 &- weightZeroPoint &* edge_sum_s8(x, depth)
        if padded == depth {
          pointers[row] = x
        } else {
          let copy = copies + row &* padded
          copy.update(from: x, count: depth)
          (copy + depth).update(repeating: 0, count: padded &- depth)
          pointers[row] = UnsafePointer(copy)
        }
      }
      for row in count..<mr {
        rowTerm[row] = rowTerm[count &- 1]
        pointers[row] = pointers[count &- 1]
      }
      // As many blocks of channels at once as there is room for accumulators.
      let chunk = GemmS8.maximumRowCount / count &* GemmS8.channelCount
      var o = units.lowerBound &* GemmS8.channelCount
      let end = min(units.upperBound &* GemmS8.channelCount, outChannels)
      while o < end {
        let channelCount = min(chunk, end &- o)
        notes.withUnsafeBufferPointer { notes in
          var arguments = edge_gemm_s8(
            a: pointers, row_step: 0, taps: 1, tap_byte_count: padded, weights: weights + o &* padded,
            notes: notes.baseAddress.map {
              $0 + o / GemmS8.channelCount &* kernel.noteByteCount(taps: 1, tapByteCount: padded)
            },
            bias: channels.foldedBias + o, row_term: rowTerm, scale: edge_requantize_s8(), rows: count,
            channels: channelCount, output: nil, accumulators: accumulators)
          kernel.tile(&arguments)
        }
        for row in 0..<count {
          requantize(
            accumulators + row &* PackedWeights.blocks(channelCount) &* GemmS8.channelCount, channels, from: o,
            count: channelCount, output: output + (first &+ row) &* outChannels + o, kernel: factors)
        }
        o &+= channelCount
      }
      first &+= count
    }
  }
}
