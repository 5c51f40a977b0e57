/// Text put together from pieces, as bytes: UTF-8, but for the names of files, which stay as they are.
///
/// `String` copies the code of its interpolation to every place that uses it, about 300 bytes a piece. Here a piece is a call.
package struct Text: ExpressibleByStringInterpolation, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  @inline(never)
  package init(_ text: String) { bytes = Array(text.utf8) }

  @inline(never)
  package init(stringLiteral literal: StaticString) { bytes = Array(Text.bytes(literal)) }

  @inline(never)
  package init(stringInterpolation interpolation: Interpolation) { bytes = interpolation.bytes }

  /// Bytes that are not UTF-8 become U+FFFD.
  @inline(never)
  package var string: String { String(decoding: bytes, as: UTF8.self) }

  private static func bytes(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var bytes: [UInt8] = []

    package init(literalCapacity: Int, interpolationCount: Int) {}

    @inline(never)
    package mutating func appendLiteral(_ literal: StaticString) { bytes.append(contentsOf: Text.bytes(literal)) }

    @inline(never)
    package mutating func appendInterpolation(_ text: Text) { bytes.append(contentsOf: text.bytes) }

    @inline(never)
    package mutating func appendInterpolation(_ text: String) { bytes.append(contentsOf: text.utf8) }

    package mutating func appendInterpolation(_ text: StaticString) { appendLiteral(text) }
    package mutating func appendInterpolation(utf8 bytes: [UInt8]) { appendInterpolation(Text(bytes)) }

    @inline(never)
    package mutating func appendInterpolation(_ number: Int) { appendInterpolation(number.description) }

    @inline(never)
    package mutating func appendInterpolation(_ number: Float) { appendInterpolation(number.description) }

    @inline(never)
    package mutating func appendInterpolation(_ number: Double) { appendInterpolation(number.description) }

    @inline(never)
    package mutating func appendInterpolation(_ type: TensorType) { appendInterpolation(type.description) }

    @inline(never)
    package mutating func appendInterpolation(_ shape: Shape) { appendInterpolation(shape.description) }

    @inline(never)
    package mutating func appendInterpolation(_ type: DataType) { appendInterpolation(type.description) }

    /// 16 hexadecimal digits.
    @inline(never)
    package mutating func appendInterpolation(hash: UInt64) {
      for shift in stride(from: 60, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: hash >> UInt64(shift)) & 15
        bytes.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
      }
    }
  }
}
