import CEdgeKernels

/// An int8 matrix product: a few rows (pixels) by all output channels, requantized. `edge_gemm_s8` in `CEdgeKernels.h` is the
/// contract.
public struct GemmS8: Sendable {
  /// Weights and per-channel constants are padded to a multiple of this many output channels.
  public static let channelCount = 16
  /// No variant takes more rows at once, so scratch memory can be planned without knowing the CPU.
  public static let maximumRowCount = 8

  public typealias Tile = @Sendable (UnsafePointer<edge_gemm_s8>?) -> Void
  public typealias FindChains = @Sendable (UnsafePointer<Int8>?, Int, Int, Int, UnsafeMutablePointer<UInt8>?) -> Void

  /// Operation, tile, layout of the weights and CPU feature: `gemm-s8-4x16c4-neondot`.
  public let name: StaticString
  public let requires: CPUFeatures
  /// Rows of a tile.
  public let rowCount: Int
  public let tile: Tile
  /// `edge_gemm_chains_s8`, for variants that ask for what it finds.
  public var findChains: FindChains?
}

extension GemmS8 {
  /// Bytes of `chains` for a block of 16 channels.
  static func chainCount(taps: Int, tapByteCount: Int) -> Int { 3 * taps * (tapByteCount / 16 + 1) }

  /// What this variant wants to know about some weights; found once, when a model is loaded.
  /// - Parameter tapByteCount: a multiple of 4.
  func chains(weights: UnsafePointer<Int8>, outChannels: Int, taps: Int, tapByteCount: Int) -> [UInt8] {
    guard let findChains else { return [] }
    let count = PackedWeights.blocks(outChannels) * GemmS8.chainCount(taps: taps, tapByteCount: tapByteCount)
    return [UInt8](unsafeUninitializedCapacity: count) { chains, initializedCount in
      findChains(weights, outChannels, taps, tapByteCount, chains.baseAddress)
      initializedCount = count
    }
  }
}

/// Rows of a depthwise convolution with multiplier 1. `edge_depthwise_s8` in `CEdgeKernels.h` is the contract.
public struct DepthwiseS8: Sendable {
  public typealias Row = @Sendable (UnsafePointer<edge_depthwise_s8>?, UnsafeMutablePointer<Int8>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  /// The one square kernel size, with dilation 1, that the variant is for; nil for all.
  public let kernelExtent: Int?
  /// Output rows that one call may compute.
  public var rowCount = 1
  public let row: Row

  /// Whether the variant computes this convolution.
  public func handles(_ geometry: ConvGeometry) -> Bool {
    guard let kernelExtent else { return true }
    return geometry.rows.kernelExtent == kernelExtent && geometry.columns.kernelExtent == kernelExtent
      && geometry.columns.dilation == 1
  }
}
