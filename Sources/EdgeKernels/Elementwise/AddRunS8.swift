import CEdgeKernels

/// A run of an int8 addition whose operands both advance. `edge_add_s8` in `CEdgeKernels.h` is the contract.
public struct AddRunS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (
      UnsafePointer<edge_add_s8>?, UnsafePointer<Int8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?, Int
    ) -> Int

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run
}

extension AddS8 {
  /// Adds two runs of `count` codes; equal on every byte with and without a vector kernel.
  public func run(
    _ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, count: Int,
    kernel: AddRunS8?
  ) {
    guard let kernel, var arguments = vectorArguments else {
      for i in 0..<count { output[i] = self(a[i], b[i]) }
      return
    }
    forWholeVectors(a, b, output, count: count) { kernel.run(&arguments, $0, $1, $2, $3) }
  }

  /// nil for scales outside the vector kernels' contract.
  private var vectorArguments: edge_add_s8? {
    func isInput(_ scale: QuantizedMultiplier) -> Bool {
      scale.shift < 0 || scale == QuantizedMultiplier(multiplier: 1 << 30, shift: 0)
    }
    func c(_ scale: QuantizedMultiplier) -> edge_scale { edge_scale(multiplier: scale.multiplier, shift: scale.shift) }
    guard isInput(multiplierA), isInput(multiplierB), multiplierOutput.shift < 0 else { return nil }
    return edge_add_s8(
      a_zero_point: zeroA, b_zero_point: zeroB, output_zero_point: zeroOutput, a: c(multiplierA), b: c(multiplierB),
      output: c(multiplierOutput), minimum: clamp.minimum, maximum: clamp.maximum, subtracts: sign < 0 ? 1 : 0)
  }
}
