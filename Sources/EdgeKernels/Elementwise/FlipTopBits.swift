import CEdgeKernels

/// Flips the top bit of the bytes `elements`: int8 codes to the uint8 codes of the same scale, and back.
///
/// In C, which is optimised for speed where Swift is for size.
public func flipTopBits(
  _ input: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<UInt8>, _ elements: Range<Int>
) {
  edge_flip_top_bits(input + elements.lowerBound, output + elements.lowerBound, elements.count)
}
