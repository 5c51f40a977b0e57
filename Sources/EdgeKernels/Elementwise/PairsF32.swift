import CEdgeKernels

/// Element-wise float32 sum, difference or product, brought between two bounds. NaN stays.
public struct PairsF32: Sendable {
  public enum Operation: Sendable { case add, subtract, multiply }

  private let operation: Operation
  private let bounds: (minimum: Float, maximum: Float)

  public init(_ operation: Operation, _ activation: Activation) {
    (self.operation, bounds) = (operation, activation.bounds)
  }

  /// Computes a run of `count` pairs. The output may be one of the inputs.
  public func run(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int
  ) {
    let (minimum, maximum) = bounds
    forWholeVectors(a, b, output, count: count) { a, b, output, count in
      switch operation {
      case .add: edge_add_f32(a, b, output, count, minimum, maximum)
      case .subtract: edge_sub_f32(a, b, output, count, minimum, maximum)
      case .multiply: edge_mul_f32(a, b, output, count, minimum, maximum)
      }
    }
  }
}
