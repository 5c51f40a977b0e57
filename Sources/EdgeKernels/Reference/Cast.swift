import EdgeTensor

/// Conversion of numbers between data types, as C casts do it where C defines it.
///
/// Integers that do not fit lose their upper bits. float32 to integers truncates towards zero, saturates, and makes NaN 0. Anything
/// but 0, NaN included, is true.
public struct Cast: Sendable {
  private enum Number {
    case integer(Int64)
    case float(Float)
  }

  private let source: DataType
  private let target: DataType

  public init(from source: DataType, to target: DataType) { (self.source, self.target) = (source, target) }

  /// Converts elements `range`.
  public func callAsFunction(_ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ range: Range<Int>) {
    for i in range { store(load(input, i), output, i) }
  }

  private func load(_ input: UnsafeRawPointer, _ i: Int) -> Number {
    switch source {
    case .float32: .float(input.assumingMemoryBound(to: Float.self)[i])
    case .int8: .integer(Int64(input.assumingMemoryBound(to: Int8.self)[i]))
    case .uint8: .integer(Int64(input.assumingMemoryBound(to: UInt8.self)[i]))
    case .int32: .integer(Int64(input.assumingMemoryBound(to: Int32.self)[i]))
    case .int64: .integer(input.assumingMemoryBound(to: Int64.self)[i])
    case .bool: .integer(input.assumingMemoryBound(to: UInt8.self)[i] == 0 ? 0 : 1)
    }
  }

  private func store(_ number: Number, _ output: UnsafeMutableRawPointer, _ i: Int) {
    switch target {
    case .float32: output.assumingMemoryBound(to: Float.self)[i] = Cast.float(number)
    case .int8: output.assumingMemoryBound(to: Int8.self)[i] = Cast.integer(number)
    case .uint8: output.assumingMemoryBound(to: UInt8.self)[i] = Cast.integer(number)
    case .int32: output.assumingMemoryBound(to: Int32.self)[i] = Cast.integer(number)
    case .int64: output.assumingMemoryBound(to: Int64.self)[i] = Cast.integer(number)
    case .bool: output.assumingMemoryBound(to: UInt8.self)[i] = Cast.float(number) == 0 ? 0 : 1
    }
  }

  private static func float(_ number: Number) -> Float {
    switch number {
    case .integer(let value): Float(value)
    case .float(let value): value
    }
  }

  private static func integer<T: FixedWidthInteger>(_ number: Number) -> T {
    switch number {
    case .integer(let value): return T(truncatingIfNeeded: value)
    case .float(let value):
      let truncated = value.rounded(.towardZero)
      if truncated.isNaN { return 0 }
      if truncated >= Float(T.max) { return .max }
      return truncated <= Float(T.min) ? .min : T(truncated)
    }
  }
}
