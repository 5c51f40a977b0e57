import EdgeModel
import EdgeTensor

// Operators that onnxruntime's own optimizer writes into models that it saves.
extension ONNXOperator {
  /// `activation(conv(x, weights, bias) + z)`.
  static let fusedConv: Add = { node, builder throws(Refusal) in
    var y = try builder.conv(
      node, x: try node.input(0, "x"), weights: try node.input(1, "weights"), bias: node.optionalInput(2))
    if let z = node.optionalInput(3) { y = try builder.emit("add", [y, z]) }
    return [
      try builder.activated(y, node.text("activation", default: ""), node.floats("activation_params") ?? [])
    ]
  }

  /// Gemm and an activation.
  static let fusedGemm: Add = { node, builder throws(Refusal) in
    let parameters = ["activation_alpha", "activation_beta"].filter(node.has).map { node.float($0, default: 0) }
    let y = try gemm(node, &builder)[0]
    return [try builder.activated(y, node.text("activation", default: ""), parameters)]
  }

  /// MaxPool of an NHWC tensor.
  static let nhwcMaxPool: Add = { node, builder throws(Refusal) in
    let x = try builder.channelsFirst(try node.input(0, "x"))
    let y = try builder.maxPool(x, try ONNXWindow(node, pooling: builder.shape(x)))
    return [try builder.channelsLast(y)]
  }
}

extension ONNXBuilder {
  fileprivate mutating func activated(_ x: Int, _ name: String, _ parameters: [Float]) throws(Refusal) -> Int {
    func parameter(_ index: Int, default value: Float) -> Float { index < parameters.count ? parameters[index] : value }
    switch name {
    case "": return x
    case "Relu": return try emit("relu", [x])
    case "Sigmoid": return try emit("logistic", [x])
    case "Tanh": return try emit("tanh", [x])
    case "HardSwish": return try emit("hard_swish", [x])
    case "Clip": return try clamp(x, parameter(0, default: -.infinity), parameter(1, default: .infinity))
    case "LeakyRelu": return try emit("leaky_relu", [x], [Attribute("alpha", floats: [parameter(0, default: 0.01)])])
    case "HardSigmoid": return try hardSigmoid(x, alpha: parameter(0, default: 0.2), beta: parameter(1, default: 0.5))
    default:
      throw Refusal(
        "its activation is \"\(name)\"; supported: Relu, Sigmoid, Tanh, HardSwish, Clip, LeakyRelu, HardSigmoid")
    }
  }
}
