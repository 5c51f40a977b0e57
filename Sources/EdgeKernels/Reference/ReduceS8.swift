import CEdgeKernels
import EdgeTensor

/// int8 mean along axes, and the sum that TensorFlow Lite computes for uint8, on codes less 128.
///
/// `output = clamp(Σ (x − zeroInput) · factor + zeroOutput)`, the sum wrapping in int32.
/// - SeeAlso: TensorFlow Lite's reference `reduce.h`.
public struct ReduceS8: Sendable {
  private let reduction: Reduction
  private let zeroInput: Int32
  private let zeroOutput: Int32
  private let multiplier: QuantizedMultiplier

  /// - Returns: nil if the scales differ by 2³⁰ or more.
  public static func sum(_ reduction: Reduction, input: QuantParams, output: QuantParams) -> ReduceS8? {
    guard let multiplier = QuantizedMultiplier(Double(input.scale) / Double(output.scale)) else { return nil }
    return ReduceS8(
      reduction: reduction, zeroInput: input.zeroPoint, zeroOutput: output.zeroPoint, multiplier: multiplier)
  }

  /// A mean is a sum with a multiplier divided by the count, truncated; it is shifted up first to keep its precision. The mean of
  /// nothing is 0.
  /// - Returns: nil if the scales differ by 2³⁰ or more.
  public static func mean(_ reduction: Reduction, input: QuantParams, output: QuantParams) -> ReduceS8? {
    guard let whole = QuantizedMultiplier(Double(input.scale) / Double(output.scale)) else { return nil }
    let count = Int64(max(reduction.count, 1))
    let log2 = Int32(63 - count.leadingZeroBitCount)
    let extraBits = min(log2, 32, 31 + whole.shift)
    let multiplier = QuantizedMultiplier(
      multiplier: Int32((Int64(whole.multiplier) << Int64(extraBits)) / count), shift: whole.shift - extraBits)
    return ReduceS8(
      reduction: reduction, zeroInput: input.zeroPoint, zeroOutput: output.zeroPoint, multiplier: multiplier)
  }

  /// Computes results `outputs`.
  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, outputs: Range<Int>
  ) {
    guard let columns = reduction.columns else {
      for i in outputs {
        finish(reduction.fold(input, output: i, from: Int32(0)) { $0 &+ Int32($1) }, &output[i])
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 64) { sums in
      var i = outputs.lowerBound
      while i < outputs.upperBound {
        let count = min(64, outputs.upperBound - i, columns.width - i % columns.width)
        edge_column_sums_s8(
          input + reduction.start(output: i), reduction.count, columns.stride, count, sums.baseAddress)
        for j in 0..<count { finish(sums[j], &output[i + j]) }
        i += count
      }
    }
  }

  @inline(__always)
  private func finish(_ sum: Int32, _ output: inout Int8) {
    let difference = sum &- Int32(truncatingIfNeeded: reduction.count) &* zeroInput
    output = ClampS8().apply(multiplier.apply(difference), zeroPoint: zeroOutput)
  }
}

/// int8 sum along axes, in float32: `output = clamp(round(Σx · s − zeroInput · s · count) + zeroOutput)`, s the quotient of the
/// scales, every operation rounded to float32, the last rounding with ties away from zero.
///
/// This is what TensorFlow Lite's optimised kernel computes. Its reference kernel reads int8 codes as unsigned ones, a defect.
/// - SeeAlso: TensorFlow Lite's reference `reduce.h`, `QuantizedMeanOrSum`.
public struct SumS8: Sendable {
  private let reduction: Reduction
  private let scale: Float
  private let bias: Float
  private let zeroOutput: Int32

  public init(_ reduction: Reduction, input: QuantParams, output: QuantParams) {
    self.reduction = reduction
    scale = input.scale / output.scale
    bias = Float(-input.zeroPoint) * scale * Float(reduction.count)
    zeroOutput = output.zeroPoint
  }

  /// Computes results `outputs`.
  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, outputs: Range<Int>
  ) {
    for i in outputs {
      let sum = reduction.fold(input, output: i, from: Int32(0)) { $0 &+ Int32($1) }
      output[i] = ClampS8().apply(FixedPoint.roundToInt32(Float(sum) * scale + bias), zeroPoint: zeroOutput)
    }
  }
}
