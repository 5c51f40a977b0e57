import CEdgeKernels

/// Requantization by float64 factors. `edge_factors_s8` in `CEdgeKernels.h` is the contract.
public struct FactorRunS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (
      UnsafePointer<edge_factors_s8>?, UnsafePointer<Int32>?, UnsafeMutablePointer<Int8>?, Int
    ) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run
}

extension FullyConnectedRequantize {
  /// Requantizes the accumulators of `count` channels from `first` on, with or without a vector kernel.
  /// - Parameter accumulators: padded to a multiple of 16.
  @inline(__always)
  func callAsFunction(
    _ accumulators: UnsafePointer<Int32>, _ channels: ChannelTable, from first: Int, count: Int,
    output: UnsafeMutablePointer<Int8>, kernel: FactorRunS8?
  ) {
    guard let kernel else {
      for c in 0..<count { output[c] = self(accumulators[c], factor: channels.factor(first + c)) }
      return
    }
    var arguments = edge_factors_s8(
      low: channels.multiplier + first, high: channels.shift + first, zero_point: zeroPoint, minimum: clamp.minimum,
      maximum: clamp.maximum)
    kernel.run(&arguments, accumulators, output, count)
  }
}
