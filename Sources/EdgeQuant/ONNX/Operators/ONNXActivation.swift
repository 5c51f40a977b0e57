import EdgeModel
import EdgeTensor

extension ONNXOperator {
  static let leakyRelu: Add = { node, builder throws(Refusal) in
    let alpha = Attribute("alpha", floats: [node.float("alpha", default: 0.01)])
    return [try builder.emit("leaky_relu", [try node.input(0, "x")], [alpha])]
  }

  /// `x ≥ 0 ? x : slope · x`; a slope that differs by channel is applied to NHWC.
  static let pRelu: Add = { node, builder throws(Refusal) in
    let (x, slope) = (try node.input(0, "x"), try node.input(1, "slope"))
    let (shape, slopeShape) = (builder.shape(x), builder.shape(slope))
    let isPerChannel = slopeShape.rank >= 1 && slopeShape.rank <= shape.rank && shape.rank == 4
    guard isPerChannel else { return [try builder.emit("prelu", [x, slope])] }
    let aligned = [Int](repeating: 1, count: shape.rank - slopeShape.rank) + slopeShape.dimensions
    let last = try builder.transpose(try builder.reshape(slope, aligned), [0, 2, 3, 1])
    return [try builder.channelsFirst(try builder.emit("prelu", [try builder.channelsLast(x), last]))]
  }

  /// `min(max(alpha · x + beta, 0), 1)`.
  static let hardSigmoid: Add = { node, builder throws(Refusal) in
    let (alpha, beta) = (node.float("alpha", default: 0.2), node.float("beta", default: 0.5))
    return [try builder.hardSigmoid(try node.input(0, "x"), alpha: alpha, beta: beta)]
  }

  /// `approximate` is `none` or `tanh`.
  static let gelu: Add = { node, builder throws(Refusal) in
    let mode = node.text("approximate", default: "none")
    guard mode == "none" || mode == "tanh" else { throw Refusal("approximate is \"\(mode)\"; supported: none, tanh") }
    let attribute = Attribute("approximate", ints: [mode == "tanh" ? 1 : 0])
    return [try builder.emit("gelu", [try node.input(0, "x")], [attribute])]
  }

  /// GELU's formula with tanh, of `x + bias` if there is a bias.
  static let fastGelu: Add = { node, builder throws(Refusal) in
    var x = try node.input(0, "x")
    if let bias = node.optionalInput(1) { x = try builder.emit("add", [x, bias]) }
    return [try builder.emit("gelu", [x], [Attribute("approximate", ints: [1])])]
  }

  /// `x · sigmoid(alpha · x)`.
  static let quickGelu: Add = { node, builder throws(Refusal) in
    [try builder.swish(try node.input(0, "x"), alpha: node.float("alpha", default: 1.702))]
  }

  /// `x < 0 ? alpha · (eˣ − 1) : x`.
  static let elu: Add = { node, builder throws(Refusal) in
    [try builder.exponential(try node.input(0, "x"), alpha: node.float("alpha", default: 1), gamma: 1)]
  }

  /// `gamma · (x < 0 ? alpha · (eˣ − 1) : x)`.
  static let selu: Add = { node, builder throws(Refusal) in
    let alpha = node.float("alpha", default: 1.673_263_2)
    return [
      try builder.exponential(try node.input(0, "x"), alpha: alpha, gamma: node.float("gamma", default: 1.050_701))
    ]
  }

  /// `x · tanh(ln(1 + eˣ))`. With `t = sigmoid(−x)` the second factor is `(1 − t²) / (1 + t²)`.
  static let mish: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let one = builder.constant(floats: [1])
    let t = try builder.emit("logistic", [try builder.scaled(x, by: -1)])
    let square = try builder.emit("mul", [t, t])
    let factor = try builder.emit(
      "div", [try builder.emit("sub", [one, square]), try builder.emit("add", [one, square])])
    return [try builder.emit("mul", [x, factor])]
  }

  /// `x / (1 + |x|)`.
  static let softsign: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let divisor = try builder.emit("add", [try builder.magnitude(x), builder.constant(floats: [1])])
    return [try builder.emit("div", [x, divisor])]
  }

  static let negative: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    if builder.isConstant(x), builder.dataType(x) != .float32 {
      return [try builder.computed(node, { 0 &- $0 }, { -$0 })]
    }
    return [try builder.scaled(x, by: -1)]
  }

  static let absolute: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    if builder.isConstant(x) { return [try builder.computed(node, { $0 < 0 ? 0 &- $0 : $0 }, { abs($0) })] }
    return [try builder.magnitude(x)]
  }

  static let reciprocal: Add = { node, builder throws(Refusal) in
    [try builder.emit("div", [builder.constant(floats: [1]), try node.input(0, "x")], dataType: .float32)]
  }
}

extension ONNXBuilder {
  mutating func hardSigmoid(_ x: Int, alpha: Float, beta: Float) throws(Refusal) -> Int {
    try emit("relu_0_to_1", [try emit("add", [try scaled(x, by: alpha), constant(floats: [beta])])])
  }

  fileprivate mutating func swish(_ x: Int, alpha: Float) throws(Refusal) -> Int {
    if alpha == 1 { return try emit("swish", [x]) }
    return try emit("mul", [x, try emit("logistic", [try scaled(x, by: alpha)])])
  }

  fileprivate mutating func magnitude(_ x: Int) throws(Refusal) -> Int {
    try emit("maximum", [x, try scaled(x, by: -1)])
  }

  /// `gamma · (max(x, 0) + alpha · min(elu(x), 0))`.
  fileprivate mutating func exponential(_ x: Int, alpha: Float, gamma: Float) throws(Refusal) -> Int {
    let elu = try emit("elu", [x])
    if alpha == 1 { return try scaled(elu, by: gamma) }
    let below = try scaled(try emit("minimum", [elu, constant(floats: [0])]), by: alpha * gamma)
    return try emit("add", [try scaled(try emit("relu", [x]), by: gamma), below])
  }
}
