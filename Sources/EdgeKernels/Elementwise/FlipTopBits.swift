/// Flips the top bit of the bytes `elements`: int8 codes to the uint8 codes of the same scale, and back.
///
/// Vectors by hand: where the program is optimised for size, the compiler makes none.
public func flipTopBits(
  _ input: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<UInt8>, _ elements: Range<Int>
) {
  var i = elements.lowerBound
  while i + 16 <= elements.upperBound {
    let bytes = UnsafeRawPointer(input + i).loadUnaligned(as: SIMD16<UInt8>.self)
    UnsafeMutableRawPointer(output + i).storeBytes(of: bytes ^ SIMD16(repeating: 0x80), as: SIMD16<UInt8>.self)
    i += 16
  }
  while i < elements.upperBound {
    output[i] = input[i] ^ 0x80
    i += 1
  }
}
