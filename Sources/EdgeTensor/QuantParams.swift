/// Affine quantization of a whole tensor: `real = scale · (q − zeroPoint)`.
///
/// Per-channel weight scales never reach a kernel in this form: conversion folds them into the multipliers of the
/// operator that uses the weights.
public struct QuantParams: Equatable, Sendable {
  /// Finite and above 0.
  public let scale: Float
  /// Within the range of the tensor's data type; 0 for int32 biases.
  public let zeroPoint: Int32

  /// - Parameters: as the properties of the same names; not checked here.
  public init(scale: Float, zeroPoint: Int32) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }
}
