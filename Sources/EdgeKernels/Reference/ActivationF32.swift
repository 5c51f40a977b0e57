import CEdgeKernels

/// float32 activation functions, computed in float64 and rounded once, so that they do not depend on the board's float32 library.
public enum ActivationF32 {
  public static func logistic(_ x: Float) -> Float { Float(1 / (1 + edge_exp(-Double(x)))) }

  public static func exp(_ x: Float) -> Float { Float(edge_exp(Double(x))) }

  public static func log(_ x: Float) -> Float { Float(edge_log(Double(x))) }

  public static func tanh(_ x: Float) -> Float { Float(edge_tanh(Double(x))) }

  /// `x · Φ(x)`, Φ being the normal distribution function.
  public static func gelu(_ x: Float) -> Float {
    let x = Double(x)
    return Float(0.5 * x * edge_erfc(-x * 0.5.squareRoot()))
  }

  /// `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`.
  public static func approximateGELU(_ x: Float) -> Float {
    let x = Double(x)
    return Float(0.5 * x * (1 + edge_tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
  }

  /// `x < 0 ? eˣ − 1 : x`.
  public static func elu(_ x: Float) -> Float { x < 0 ? Float(edge_expm1(Double(x))) : x }

  /// `x · min(max(x + 3, 0), 6) / 6`.
  public static func hardSwish(_ x: Float) -> Float { x * min(max(x + 3, 0), 6) / 6 }

  /// `x / (1 + e⁻ˣ)`.
  public static func swish(_ x: Float) -> Float { Float(Double(x) / (1 + edge_exp(-Double(x)))) }

  public static func inverseSquareRoot(_ x: Float) -> Float { Float(1 / Double(x).squareRoot()) }
}
