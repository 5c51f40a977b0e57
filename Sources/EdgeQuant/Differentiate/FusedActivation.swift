import CEdgeRows

/// The limits that a fused activation puts on the output of an operator.
struct FusedActivation: Sendable {
  let minimum: Float
  let maximum: Float

  /// nil if the name is unknown.
  init?(_ name: String) {
    switch name {
    case "none": (minimum, maximum) = (-.infinity, .infinity)
    case "relu": (minimum, maximum) = (0, .infinity)
    case "relu6": (minimum, maximum) = (0, 6)
    case "relu_n1_to_1": (minimum, maximum) = (-1, 1)
    case "relu_0_to_1": (minimum, maximum) = (0, 1)
    default: return nil
    }
  }

  var isNone: Bool { minimum == -.infinity && maximum == .infinity }

  @inline(__always)
  func callAsFunction(_ value: Float) -> Float { min(max(value, minimum), maximum) }

  /// The gradient before the activation, from that after it; 0 at the limits.
  /// - Parameter output: after the activation.
  @inline(__always)
  func gradient(_ gradient: Float, output: Float) -> Float {
    output > minimum && output < maximum ? gradient : 0
  }

  /// Adds a bias to rows `[rowCount, bias]` that lie side by side, and limits them.
  func apply(_ values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, rowCount: Int, count: Int) {
    edge_rows_activate(values, bias, rowCount, count, minimum, maximum)
  }

  /// Limits `count` values in place.
  func apply(_ values: UnsafeMutablePointer<Float>, count: Int) {
    guard !isNone else { return }
    for index in 0..<count { values[index] = self(values[index]) }
  }

  /// Turns the gradient after the activation into that before it.
  func applyGradient(
    _ gradients: UnsafeMutablePointer<Float>, outputs: UnsafePointer<Float>, count: Int
  ) {
    guard !isNone else { return }
    edge_clamp_gradient(gradients, outputs, count, minimum, maximum)
  }
}
