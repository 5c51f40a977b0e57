import CEdgeKernels

/// The larger or smaller of two int8 codes, element by element. Scales are not looked at.
public struct SelectionS8: Sendable {
  private let takesLarger: Bool

  public init(takesLarger: Bool) { self.takesLarger = takesLarger }

  /// Computes a run of `count` pairs. The output may be one of the inputs.
  public func run(
    _ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, count: Int
  ) {
    forWholeVectors(a, b, output, count: count) {
      takesLarger ? edge_larger_s8($0, $1, $2, $3) : edge_smaller_s8($0, $1, $2, $3)
    }
  }
}
