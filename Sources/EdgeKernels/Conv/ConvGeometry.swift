import EdgeTensor

/// Extents of a 2-D convolution. Input NHWC `[batch, rows.inputExtent, columns.inputExtent, inChannels]`, filter OHWI
/// `[outChannels, rows.kernelExtent, columns.kernelExtent, groupInChannels]`, output NHWC.
public struct ConvGeometry: Sendable {
  public let batch: Int
  public let rows: WindowAxis
  public let columns: WindowAxis
  public let inChannels: Int
  public let outChannels: Int
  /// Input channels that one output channel sees; `inChannels` unless the convolution is grouped.
  public let groupInChannels: Int

  /// - Precondition: `groupInChannels` divides `inChannels`, and the number of groups divides `outChannels`.
  public init(
    batch: Int, rows: WindowAxis, columns: WindowAxis, inChannels: Int, outChannels: Int, groupInChannels: Int
  ) {
    self.batch = batch
    self.rows = rows
    self.columns = columns
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.groupInChannels = groupInChannels
  }

  public var taps: Int { rows.kernelExtent * columns.kernelExtent }
  /// Products behind one output value.
  public var depth: Int { taps * groupInChannels }
  /// Products behind one output value along one kernel row.
  public var rowDepth: Int { columns.kernelExtent * groupInChannels }
  public var outputRowCount: Int { batch * rows.outputExtent }
  /// How many output values there are, and the products behind each, those with padding included.
  public var dotProducts: (count: Int, length: Int) { (outputRowCount * columns.outputExtent * outChannels, depth) }
  public var isGrouped: Bool { groupInChannels != inChannels }

  /// First input channel that output channel `o` sees.
  @inline(__always)
  func firstInChannel(_ o: Int) -> Int { o / (outChannels / (inChannels / groupInChannels)) * groupInChannels }
}

/// The constants of an int8 convolution's output channels as they lie in the file: int32 `[4][stride]`, `stride` a multiple of 16.
public struct ChannelTable: @unchecked Sendable {
  // Sendable: only ever read.
  private let start: UnsafePointer<Int32>
  private let stride: Int
  /// The largest of `shift` where `multiplier` is not 0, as it is in the padding.
  public let largestShift: Int32

  /// - Parameter stride: channels, padded to a multiple of 16.
  public init(_ start: UnsafeRawPointer, stride: Int) {
    self.start = start.assumingMemoryBound(to: Int32.self)
    self.stride = stride
    var largestShift = Int32.min
    for c in 0..<stride where self.start[2 * stride + c] != 0 {
      largestShift = max(largestShift, self.start[3 * stride + c])
    }
    self.largestShift = largestShift
  }

  /// Bias at scale `inputScale · weightScale[c]`.
  @inline(__always) public var bias: UnsafePointer<Int32> { start }
  /// `bias − inputZeroPoint · Σ(w − weightZeroPoint)`: what is left of the zero points when raw codes are multiplied.
  @inline(__always) public var foldedBias: UnsafePointer<Int32> { start + stride }
  @inline(__always) public var multiplier: UnsafePointer<Int32> { start + 2 * stride }
  @inline(__always) public var shift: UnsafePointer<Int32> { start + 3 * stride }

  /// Fully connected layers use the last two rows for the halves of a float64 factor, low half first.
  @inline(__always)
  public func factor(_ channel: Int) -> Double {
    let (low, high) = (UInt32(bitPattern: multiplier[channel]), UInt32(bitPattern: shift[channel]))
    return Double(bitPattern: UInt64(high) << 32 | UInt64(low))
  }

  /// Whether every multiplier and shift is one that kernels are made for.
  public var hasValidScales: Bool {
    for c in 0..<stride where multiplier[c] < 0 || shift[c] < -31 || shift[c] > 30 { return false }
    return true
  }

  @inline(__always)
  func apply(_ accumulator: Int32, channel: Int) -> Int32 {
    QuantizedMultiplier(multiplier: multiplier[channel], shift: shift[channel]).apply(accumulator)
  }
}

/// Zero points and output clamp of an int8 convolution.
public struct ConvQuantization: Sendable {
  public let inputZeroPoint: Int32
  /// 0 for symmetric weights; models born uint8 have others.
  public let weightZeroPoint: Int32
  public let outputZeroPoint: Int32
  public let clamp: ClampS8

  public init(inputZeroPoint: Int32, weightZeroPoint: Int32, outputZeroPoint: Int32, clamp: ClampS8) {
    self.inputZeroPoint = inputZeroPoint
    self.weightZeroPoint = weightZeroPoint
    self.outputZeroPoint = outputZeroPoint
    self.clamp = clamp
  }
}
