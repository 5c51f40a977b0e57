extension Graph.Tensor {
  /// Little-endian float16 values as float32; exact.
  static func float32(fromHalf bytes: [UInt8]) -> [UInt8] {
    let values = stride(from: 0, to: bytes.count - bytes.count % 2, by: 2).map { index in
      float(half: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)
    }
    return Graph.Tensor.bytes(of: values)
  }

  /// IEEE 754 binary16. (`Float16` does not exist on every host.)
  private static func float(half bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff)
    let sign = UInt32(bits & 0x8000) << 16
    if magnitude >= 0x7c00 { return Float(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13) }
    // As a float32 with the same fields shifted into place, the exponent is too small by 127 − 15.
    let value = Float(bitPattern: magnitude << 13) * Float(sign: .plus, exponent: 112, significand: 1)
    return sign == 0 ? value : -value
  }
}
