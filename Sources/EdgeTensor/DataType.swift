/// The element type of a tensor. Raw values are those stored in `.edge` files and never change.
public enum DataType: UInt8, Sendable, CaseIterable {
  case float32 = 0
  case int8 = 1
  case uint8 = 2
  case int32 = 3
  case int64 = 4
  case bool = 5

  /// Bytes an element takes.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float32, .int32: 4
    case .int64: 8
    }
  }

  /// The name NumPy and people use.
  public var name: StaticString {
    switch self {
    case .float32: "float32"
    case .int8: "int8"
    case .uint8: "uint8"
    case .int32: "int32"
    case .int64: "int64"
    case .bool: "bool"
    }
  }
}

extension DataType: CustomStringConvertible {
  public var description: String { name.description }
}
