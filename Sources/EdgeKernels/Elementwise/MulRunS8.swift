import CEdgeKernels

/// A run of an int8 product whose operands both advance. `edge_mul_s8` in `CEdgeKernels.h` is the contract.
public struct MulRunS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (
      UnsafePointer<edge_mul_s8>?, UnsafePointer<Int8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?, Int
    ) -> Int

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run
}

extension MulS8 {
  /// Multiplies two runs of `count` codes; equal on every byte with and without a vector kernel.
  public func run(
    _ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, count: Int,
    kernel: MulRunS8?
  ) {
    guard let kernel, codes.multiplier.shift < 0 else {
      for i in 0..<count { output[i] = self(a[i], b[i]) }
      return
    }
    var arguments = edge_mul_s8(
      a_zero_point: codes.zeroA, b_zero_point: codes.zeroB, output_zero_point: codes.zeroOutput,
      scale: edge_scale(multiplier: codes.multiplier.multiplier, shift: codes.multiplier.shift),
      minimum: codes.clamp.minimum, maximum: codes.clamp.maximum)
    forWholeVectors(a, b, output, count: count) { kernel.run(&arguments, $0, $1, $2, $3) }
  }
}
