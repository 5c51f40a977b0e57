import CEdgeKernels

/// An int8 matrix-product tile: `rowCount` rows of pixels by 16 output channels.
///
/// `accumulators[row][c] = bias[c] + rowTerm[row] + Σ a[tap · rowCount + row][k] · w[tap, k][c]`, int32, wrapping.
public struct GemmS8: Sendable {
  /// Output channels of a tile; weights and per-channel constants are padded to a multiple of it.
  public static let channelCount = 16
  /// No variant takes more rows at once, so scratch memory can be planned without knowing the CPU.
  public static let maximumRowCount = 8

  public typealias Tile =
    @Sendable (
      _ a: UnsafePointer<UnsafePointer<Int8>?>?, _ taps: Int, _ tapByteCount: Int, _ w: UnsafePointer<Int8>?,
      _ bias: UnsafePointer<Int32>?, _ rowTerm: UnsafePointer<Int32>?, _ accumulators: UnsafeMutablePointer<Int32>?
    ) -> Void
  public typealias Requantize =
    @Sendable (
      _ accumulators: UnsafePointer<Int32>?, _ rows: Int, _ scale: UnsafePointer<edge_requantize_s8>?,
      _ output: UnsafeMutablePointer<Int8>?, _ stride: Int, _ channels: Int
    ) -> Void

  /// Operation, tile, layout of the weights and CPU feature: `gemm-s8-4x16c4-neondot`.
  public let name: StaticString
  public let requires: CPUFeatures
  /// Rows of a tile; every one is computed, so callers repeat a row where they have fewer.
  public let rowCount: Int
  public let tile: Tile
  public let requantize: Requantize
}

/// One row of a depthwise convolution with multiplier 1.
public struct DepthwiseS8: Sendable {
  public typealias Row =
    @Sendable (UnsafePointer<edge_depthwise_s8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  public let row: Row
}
