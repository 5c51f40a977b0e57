import CEdgeKernels

/// An int8 matrix product: a few rows (pixels) by all output channels, requantized. `edge_gemm_s8` in `CEdgeKernels.h` is the
/// contract.
public struct GemmS8: Sendable {
  /// Weights and per-channel constants are padded to a multiple of this many output channels.
  public static let channelCount = 16
  /// No variant takes more rows at once, so scratch memory can be planned without knowing the CPU.
  public static let maximumRowCount = 8

  public typealias Tile = @Sendable (UnsafePointer<edge_gemm_s8>?) -> Void

  /// Operation, tile, layout of the weights and CPU feature: `gemm-s8-4x16c4-neondot`.
  public let name: StaticString
  public let requires: CPUFeatures
  /// Rows of a tile.
  public let rowCount: Int
  public let tile: Tile
}

/// One row of a depthwise convolution with multiplier 1. `edge_depthwise_s8` in `CEdgeKernels.h` is the contract.
public struct DepthwiseS8: Sendable {
  public typealias Row = @Sendable (UnsafePointer<edge_depthwise_s8>?, UnsafeMutablePointer<Int8>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  /// The one square kernel size, with dilation 1, that the variant is for; nil for all.
  public let kernelExtent: Int?
  public let row: Row

  /// Whether the variant computes this convolution.
  public func handles(_ geometry: ConvGeometry) -> Bool {
    guard let kernelExtent else { return true }
    return geometry.rows.kernelExtent == kernelExtent && geometry.columns.kernelExtent == kernelExtent
      && geometry.columns.dilation == 1
  }
}
