/// The extents of a tensor, outermost first: an activation is `[batch, height, width, channels]` (NHWC).
///
/// A shape always describes something that can exist: every extent is at least 0, and the element count
/// is at most `Shape.maximumElementCount`. A rank of 0 is a scalar with one element.
public struct Shape: Equatable, Hashable, Sendable {
  /// More axes than this are refused.
  public static let maximumRank = 8
  /// Keeps every byte offset within 2^34 and every element index within an `Int32`.
  public static let maximumElementCount = Int(Int32.max)

  /// The extents, outermost first; each at least 0.
  public let dimensions: [Int]
  /// Their product; 1 for a scalar. In `0...maximumElementCount`.
  public let elementCount: Int

  /// Checks extents that come from a file.
  /// - Returns: nil if the rank exceeds `maximumRank`, an extent is negative, or the count exceeds `maximumElementCount`.
  public init?(checking dimensions: [Int]) {
    guard dimensions.count <= Shape.maximumRank else { return nil }
    var count = 1
    for extent in dimensions {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow, product <= Shape.maximumElementCount else { return nil }
      count = product
    }
    for extent in dimensions where extent == 0 { count = 0 }
    self.dimensions = dimensions
    self.elementCount = count
  }

  /// - Precondition: `dimensions` describe a shape that can exist.
  public init(_ dimensions: [Int]) {
    guard let shape = Shape(checking: dimensions) else { preconditionFailure("impossible shape") }
    self = shape
  }

  /// How many axes there are, in `0...maximumRank`.
  public var rank: Int { dimensions.count }

  /// The extent of an axis in `0..<rank`.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// Elements between neighbours along each axis, in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= max(dimensions[axis], 1)
    }
    return strides
  }
}

extension Shape: CustomStringConvertible {
  /// `1x224x224x3`; `scalar` for rank 0.
  public var description: String {
    guard rank > 0 else { return "scalar" }
    var text = ""
    for (axis, extent) in dimensions.enumerated() {
      if axis > 0 { text += "x" }
      text += "\(extent)"
    }
    return text
  }
}
