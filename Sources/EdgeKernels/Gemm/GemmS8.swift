import CEdgeKernels

/// An int8 matrix product: a few rows (pixels) by all output channels, requantized. `edge_gemm_s8` in `CEdgeKernels.h` is the
/// contract.
public struct GemmS8: Sendable {
  /// Weights and per-channel constants are padded to a multiple of this many output channels.
  public static let channelCount = 16
  /// No variant takes more rows at once, so scratch memory can be planned without knowing the CPU.
  public static let maximumRowCount = 8

  // C functions, which have no context whose references would be counted in every call.
  public typealias RowTerms =
    @convention(c) @Sendable (
      UnsafePointer<UnsafePointer<Int8>?>?, Int, Int, Int, Int, Int, Int32, UnsafeMutablePointer<Int32>?
    ) -> Void
  public typealias Lines =
    @convention(c) @Sendable (UnsafePointer<edge_gemm_s8>?, UnsafePointer<edge_lines_s8>?, Int, Int) -> Int
  public typealias Tile = @convention(c) @Sendable (UnsafePointer<edge_gemm_s8>?) -> Void

  /// Operation, tile, layout of the weights and CPU feature: `gemm-s8-4x16c4-neondot`.
  public let name: StaticString
  public let requires: CPUFeatures
  /// Rows of a tile.
  public let rowCount: Int
  /// Whether one call may compute a run of more rows, each `row_step` bytes after the one before.
  public var takesRuns = false
  public let tile: Tile
  /// For variants that take runs, whole output rows of a convolution; `EDGE_CONV_LINES_S8` is the contract.
  public var lines: Lines?
  /// `edge_row_terms_s8`, or what is faster.
  public var rowTerms: RowTerms = edge_row_terms_s8
  /// For variants that look at the weights once, when a model is loaded.
  public var notes: GemmNotes?
}

/// What a variant wants to know about some weights before it multiplies with them.
public struct GemmNotes: Sendable {
  public typealias Find = @Sendable (UnsafePointer<Int8>?, Int, Int, Int, UnsafeMutablePointer<UInt8>?) -> Void

  /// Arguments: weights, output channels, taps, bytes of a tap, and where the notes go.
  let find: Find
  /// Bytes for a block of 16 channels, given the taps and the bytes of one.
  let byteCount: @Sendable (Int, Int) -> Int
}

extension GemmS8 {
  /// Bytes of notes for a block of 16 channels.
  func noteByteCount(taps: Int, tapByteCount: Int) -> Int { notes?.byteCount(taps, tapByteCount) ?? 0 }

  /// - Parameter tapByteCount: a multiple of 4.
  public func notes(weights: UnsafePointer<Int8>, outChannels: Int, taps: Int, tapByteCount: Int) -> [UInt8] {
    guard let notes else { return [] }
    let count = PackedWeights.blocks(outChannels) * notes.byteCount(taps, tapByteCount)
    return [UInt8](unsafeUninitializedCapacity: count) { found, initializedCount in
      notes.find(weights, outChannels, taps, tapByteCount, found.baseAddress)
      initializedCount = count
    }
  }
}

/// Rows of a depthwise convolution with multiplier 1. `edge_depthwise_s8` in `CEdgeKernels.h` is the contract.
public struct DepthwiseS8: Sendable {
  public typealias Row =
    @convention(c) @Sendable (UnsafePointer<edge_depthwise_s8>?, UnsafeMutablePointer<Int8>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  /// The one square kernel size, with dilation 1, that the variant is for; nil for all.
  public let kernelExtent: Int?
  /// Along the width.
  public var maximumStride = Int.max
  /// Output rows that one call may compute.
  public var rowCount = 1
  public let row: Row

  /// Whether the variant computes this convolution.
  public func handles(_ geometry: ConvGeometry) -> Bool {
    guard let kernelExtent else { return true }
    return geometry.rows.kernelExtent == kernelExtent && geometry.columns.kernelExtent == kernelExtent
      && geometry.columns.dilation == 1 && geometry.columns.stride <= maximumStride
  }
}
