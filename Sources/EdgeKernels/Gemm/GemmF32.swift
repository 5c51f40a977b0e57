import CEdgeKernels

/// A float32 matrix product: a few rows (pixels) by all output channels. `edge_gemm_f32` in `CEdgeKernels.h` is the contract.
public struct GemmF32: Sendable {
  /// No variant takes more rows at once, so scratch memory can be planned without knowing the CPU.
  public static let maximumRowCount = 8

  public typealias Tile = @convention(c) @Sendable (UnsafePointer<edge_gemm_f32>?) -> Void

  /// Operation, tile and CPU feature: `gemm-f32-6x16-neon`.
  public let name: StaticString
  public let requires: CPUFeatures
  /// Rows of a tile.
  public let rowCount: Int
  /// Whether a product and its addition are rounded once, as the contract says; then results equal the reference on every bit.
  public var roundsOnce = true
  public let tile: Tile
}

/// A row of a float32 depthwise convolution with multiplier 1. `edge_depthwise_f32` in `CEdgeKernels.h` is the contract.
public struct DepthwiseF32: Sendable {
  public typealias Row =
    @convention(c) @Sendable (UnsafePointer<edge_depthwise_f32>?, UnsafeMutablePointer<Float>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  /// As for matrix products.
  public var roundsOnce = true
  public let row: Row
}

/// Where float32 results end.
public struct ClampF32: Sendable {
  public let minimum: Float
  public let maximum: Float

  public init(minimum: Float = -.infinity, maximum: Float = .infinity) {
    self.minimum = minimum
    self.maximum = maximum
  }

  @inline(__always)
  func callAsFunction(_ value: Float) -> Float { min(max(value, minimum), maximum) }
}
