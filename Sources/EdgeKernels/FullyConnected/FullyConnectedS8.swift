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
  /// Of a row, with padding to a multiple of 4.
  private let paddedDepth: Int
  private let notes: [UInt8]
  private let noteByteCount: Int

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
    paddedDepth = PackedWeights.padded(depth)
    notes = kernel.notes(weights: weights, outChannels: outChannels, taps: 1, tapByteCount: paddedDepth)
    noteByteCount = kernel.noteByteCount(taps: 1, tapByteCount: paddedDepth)
  }

  private static let accumulatorByteCount = GemmS8.maximumRowCount * GemmS8.channelCount * 4
  private static let rowTermByteCount = 64
  private static let pointerByteCount = GemmS8.maximumRowCount * 8

  /// Bytes of scratch memory for each worker. Rows whose length is not a multiple of 4 are copied and padded.
  public static func scratchByteCount(depth: Int) -> Int {
    let copies = depth % 4 == 0 ? 0 : GemmS8.maximumRowCount * PackedWeights.padded(depth)
    return accumulatorByteCount + rowTermByteCount + pointerByteCount + copies
  }

  /// Blocks of 16 output channels: the units of work.
  public var unitCount: Int { PackedWeights.blocks(outChannels) }

  public func callAsFunction(
    input: UnsafePointer<Int8>, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    units: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let accumulators = scratch.assumingMemoryBound(to: Int32.self)
    let rowTermStart = scratch + FullyConnectedS8.accumulatorByteCount
    let rowTerm = rowTermStart.assumingMemoryBound(to: Int32.self)
    let pointerStart = rowTermStart + FullyConnectedS8.rowTermByteCount
    let pointers = pointerStart.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    let copies = (pointerStart + FullyConnectedS8.pointerByteCount).assumingMemoryBound(to: Int8.self)
    var arguments = edge_gemm_s8(
      a: pointers, row_step: 0, taps: 1, tap_byte_count: paddedDepth, weights: nil, notes: nil, bias: nil,
      row_term: rowTerm, scale: edge_requantize_s8(), rows: 0, channels: 0, output: nil, accumulators: accumulators)
    notes.withUnsafeBufferPointer { notes in
      var first = 0
      while first < batch {
        let count = min(kernel.rowCount, batch &- first)
        point(pointers, rowTerm, copies, at: input + first &* depth, count: count)
        arguments.rows = count
        // As many blocks of channels at once as there is room for accumulators.
        let chunk = GemmS8.maximumRowCount / max(count, 1)
        var block = units.lowerBound
        while block < units.upperBound {
          let blocks = min(chunk, units.upperBound &- block)
          let channel = block &* GemmS8.channelCount
          let channelCount = min(blocks &* GemmS8.channelCount, outChannels &- channel)
          arguments.weights = weights + channel &* paddedDepth
          arguments.notes = notes.baseAddress.map { $0 + block &* noteByteCount }
          arguments.bias = channels.foldedBias + channel
          arguments.channels = channelCount
          kernel.tile(&arguments)
          for row in 0..<count {
            requantize(
              accumulators + row &* blocks &* GemmS8.channelCount, channels, from: channel, count: channelCount,
              output: output + (first &+ row) &* outChannels + channel, kernel: factors)
          }
          block &+= blocks
        }
        first &+= count
      }
    }
  }

  /// Sets the pointers and the row terms of a tile. Where it has fewer rows, the last is repeated.
  /// - Parameter copies: room for padded rows.
  private func point(
    _ pointers: UnsafeMutablePointer<UnsafePointer<Int8>?>, _ rowTerm: UnsafeMutablePointer<Int32>,
    _ copies: UnsafeMutablePointer<Int8>, at input: UnsafePointer<Int8>, count: Int
  ) {
    for row in 0..<count {
      let x = input + row &* depth
      rowTerm[row] = weightZeroPoint == 0 ? 0 : 0 &- weightZeroPoint &* edge_sum_s8(x, depth)
      if paddedDepth == depth {
        pointers[row] = x
      } else {
        let copy = copies + row &* paddedDepth
        UnsafeMutableRawPointer(copy).copyMemory(from: x, byteCount: depth)
        (copy + depth).update(repeating: 0, count: paddedDepth &- depth)
        pointers[row] = UnsafePointer(copy)
      }
    }
    let (lastPointer, lastTerm) = (pointers[count &- 1], rowTerm[count &- 1])
    for row in count..<max(count, kernel.rowCount) { (pointers[row], rowTerm[row]) = (lastPointer, lastTerm) }
  }
}
