import EdgeKernels
import Foundation

extension GradientRule {
  /// Functions of one element that are operators of their own.
  static let activations = GradientRule(
    "logistic", "tanh", "hard_swish", "leaky_relu", "elu", "gelu", "sqrt"
  ) { context throws(Refusal) in
    let attributes = context.node.attributes
    let function: ActivationStep.Function
    switch context.node.operatorName {
    case "logistic": function = .logistic
    case "tanh": function = .tanh
    case "hard_swish": function = .hardSwish
    case "leaky_relu":
      guard let alpha = attributes.float("alpha") else { throw Refusal("attribute alpha is missing") }
      function = .leakyRelu(alpha)
    case "elu": function = .elu
    case "gelu": function = attributes.bool("approximate") ? .approximateGELU : .gelu
    default: function = .squareRoot
    }
    return .step(ActivationStep(x: try context.slot(0), y: context.outputs[0], function: function))
  }

  /// `prelu`: `y = x ≥ 0 ? x : alpha · x`, with constant slopes.
  static let slopes = GradientRule("prelu") { context throws(Refusal) in
    guard let alpha = try context.constant(1) else { throw Refusal("its slopes are computed while running") }
    let map = Broadcasting.map(try context.shape(1), to: context.outputShape())
    return .step(
      SlopeStep(
        x: try context.slot(0), y: context.outputs[0], alpha: map.map { $0.map { alpha[Int($0)] } } ?? alpha))
  }
}

private struct ActivationStep: DifferentiableStep {
  enum Function {
    case logistic, tanh, hardSwish
    case leakyRelu(Float)
    case elu, gelu, approximateGELU, squareRoot

    func value(_ x: Float) -> Float {
      switch self {
      case .logistic: ActivationF32.logistic(x)
      case .tanh: ActivationF32.tanh(x)
      case .hardSwish: ActivationF32.hardSwish(x)
      case .leakyRelu(let alpha): x >= 0 ? x : x * alpha
      case .elu: ActivationF32.elu(x)
      case .gelu: ActivationF32.gelu(x)
      case .approximateGELU: ActivationF32.approximateGELU(x)
      case .squareRoot: x.squareRoot()
      }
    }

    /// - Parameter y: the value at x.
    func slope(_ x: Float, _ y: Float) -> Float {
      switch self {
      case .logistic: return y * (1 - y)
      case .tanh: return 1 - y * y
      case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6
      case .leakyRelu(let alpha): return x >= 0 ? 1 : alpha
      case .elu: return x < 0 ? y + 1 : 1
      case .gelu:
        let x = Double(x)
        return Float(0.5 * erfc(-x * 0.5.squareRoot()) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot())
      case .approximateGELU:
        let (x, c) = (Double(x), (2 / Double.pi).squareRoot())
        let t = Foundation.tanh(c * (x + 0.044715 * x * x * x))
        return Float(0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x))
      case .squareRoot: return y > 0 ? 0.5 / y : 0
      }
    }
  }

  let x: Slot
  let y: Slot
  let function: Function

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    for index in 0..<frame.sampleCount * y.count { output[index] = function.value(input[index]) }
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    let (input, output, gradient, target) = (frame.values(x), frame.values(y), frame.gradients(y), frame.gradients(x))
    for index in 0..<frame.sampleCount * y.count {
      target[index] += gradient[index] * function.slope(input[index], output[index])
    }
  }
}

private struct SlopeStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// By element of a sample.
  let alpha: [Float]

  func forward(_ frame: BlockFrame) {
    for sample in 0..<frame.sampleCount {
      let (input, output) = (frame.values(x) + sample * x.count, frame.values(y) + sample * y.count)
      for index in 0..<y.count { output[index] = input[index] >= 0 ? input[index] : input[index] * alpha[index] }
    }
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    for sample in 0..<frame.sampleCount {
      let (input, gradient) = (frame.values(x) + sample * x.count, frame.gradients(y) + sample * y.count)
      let target = frame.gradients(x) + sample * x.count
      for index in 0..<y.count { target[index] += input[index] >= 0 ? gradient[index] : gradient[index] * alpha[index] }
    }
  }
}
