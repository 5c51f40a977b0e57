import CEdgeKernels
import EdgeTensor

/// Codes of numbers. `EDGE_QUANTIZE_S8` in `CEdgeKernels.h` is the contract.
public struct QuantizeRunS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (UnsafePointer<Float>?, UnsafeMutablePointer<Int8>?, Int, Float, Int32, Int32) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run

  /// Runs everywhere.
  public static let scalar = QuantizeRunS8(name: "quantize-s8-scalar", requires: [], run: edge_quantize_s8)
}

extension QuantizeS8 {
  /// Codes of the numbers `elements`, with `flippedBits` flipped: the top bit for uint8 codes.
  public func run(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Int8>, _ elements: Range<Int>, flippedBits: Int8 = 0,
    kernel: QuantizeRunS8
  ) {
    kernel.run(
      input + elements.lowerBound, output + elements.lowerBound, elements.count, quantization.scale,
      quantization.zeroPoint, Int32(flippedBits))
  }
}

/// Numbers of codes: `output = scale · (x − zeroPoint)`.
public struct DequantizeS8: Sendable {
  private let quantization: QuantParams

  public init(_ quantization: QuantParams) { self.quantization = quantization }

  /// Numbers of the codes `elements`, of which `flippedBits` are flipped first: the top bit of uint8 codes.
  public func run(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Float>, _ elements: Range<Int>, flippedBits: Int8 = 0
  ) {
    edge_dequantize_s8(
      input + elements.lowerBound, output + elements.lowerBound, elements.count, quantization.scale,
      quantization.zeroPoint, Int32(flippedBits))
  }
}
