import EdgeModel
import EdgeTensor
import Foundation

/// The output codes of an int8 activation function for all 256 input codes, made at conversion and stored as the operator's input 1.
///
/// Every operation rounds to float32, as in TensorFlow Lite; the function alone is taken in float64 and rounded once, so that the table
/// does not depend on the host's float32 library.
public enum ActivationTable {
  /// - Parameters:
  ///   - operatorName: `logistic`, `tanh`, `gelu` (attribute `approximate`), `elu`, `exp` or `swish`.
  /// - Returns: codes in the order of input codes −128…127; nil for operators without a table.
  public static func int8(
    _ operatorName: String, input: QuantParams, output: QuantParams, attributes: Attributes = Attributes()
  ) -> [Int8]? {
    guard let function = function(operatorName, attributes) else { return nil }
    let inverseScale = 1 / output.scale
    return (Int32(-128)...127).map { code in
      let x = input.scale * Float(code - input.zeroPoint)
      let y = (function(x) * inverseScale).rounded(.toNearestOrAwayFromZero) + Float(output.zeroPoint)
      // Scales near the limits of float32 give infinities, and those NaN.
      return y.isNaN ? Int8(clamping: output.zeroPoint) : Int8(min(max(y, -128), 127))
    }
  }

  private static func function(_ operatorName: String, _ attributes: Attributes) -> ((Float) -> Float)? {
    switch operatorName {
    case "logistic": { 1 / (1 + Float(exp(Double(-$0)))) }
    case "swish": { Float(Double($0) / (1 + exp(-Double($0)))) }
    case "tanh": { Float(tanh(Double($0))) }
    case "exp": { Float(exp(Double($0))) }
    case "elu": { $0 < 0 ? Float(expm1(Double($0))) : $0 }
    case "gelu" where attributes.bool("approximate"): approximateGELU
    case "gelu": gelu
    default: nil
    }
  }

  private static func gelu(_ x: Float) -> Float {
    (0.5 * x) * Float(erfc(Double(x * -Float(0.5.squareRoot()))))
  }

  private static func approximateGELU(_ x: Float) -> Float {
    let cube = 0.044715 * x * x * x
    let argument = Float((2 / Double.pi).squareRoot()) * (x + cube)
    return 0.5 * x * (1 + Float(tanh(Double(argument))))
  }
}
