import EdgeModel
import EdgeTensor

// The operators of quantized models in "QOperator" form. Each becomes dequantize, the float operator and quantize, the same nodes that a
// QDQ model has; a later pass makes one int8 operator of them.
extension ONNXOperator {
  /// Operands: x, its scale and zero point, weights, theirs, the output's, and an optional int32 bias in units of both scales.
  static let qLinearConv: Add = { node, builder throws(Refusal) in
    let x = try builder.operand(node, 0)
    let w = try builder.operand(node, 3, axis: 0)
    let bias = try builder.bias(node.optionalInput(8), x: try node.input(1, "x_scale"), w: try node.input(4, "w_scale"))
    let y = try builder.inChannelsFirst(node, x) { builder, x throws(Refusal) in
      try builder.conv(node, x: x, weights: w, bias: bias)
    }
    return [try builder.quantize(y, node, 6)]
  }

  static let qLinearMatMul: Add = { node, builder throws(Refusal) in
    let (a, b) = (try builder.operand(node, 0), try builder.operand(node, 3, axis: 1))
    return [try builder.quantize(try builder.matMul(a, b), node, 6)]
  }

  /// Gemm whose result stays real if it has no output scale.
  static let qGemm: Add = { node, builder throws(Refusal) in
    let isTransposed = node.int("transB", default: 0) != 0
    var a = try builder.operand(node, 0)
    if node.int("transA", default: 0) != 0 { a = try builder.transpose(a, [1, 0]) }
    let b = try builder.operand(node, 3, axis: isTransposed ? 0 : 1)
    let alpha = node.float("alpha", default: 1)
    let bias = try builder.bias(node.optionalInput(6), x: try node.input(1, "a_scale"), w: try node.input(4, "b_scale"))
    let y = try builder.dense(a, weights: b, isTransposed: isTransposed, bias: bias, alpha: alpha, beta: alpha)
    return [node.optionalInput(7) == nil ? y : try builder.quantize(y, node, 7)]
  }

  /// An operator on two tensors: A, scale, zero point, B, scale, zero point, the output's.
  static func qLinearBinary(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in
      let (a, b) = (try builder.operand(node, 0), try builder.operand(node, 3))
      return [try builder.quantize(try builder.emit(operatorName, [a, b]), node, 6)]
    }
  }

  /// A function of one tensor: x, scale, zero point, the output's.
  static func qLinearUnary(
    _ function: @escaping @Sendable (ONNXNode, inout ONNXBuilder, Int) throws(Refusal) -> Int
  ) -> Add {
    { node, builder throws(Refusal) in
      let x = try builder.operand(node, 0)
      return [try builder.quantize(try function(node, &builder, x), node, 3)]
    }
  }

  static let qLinearSigmoid = qLinearUnary { _, builder, x throws(Refusal) in try builder.emit("logistic", [x]) }

  static let qLinearLeakyRelu = qLinearUnary { node, builder, x throws(Refusal) in
    try builder.emit("leaky_relu", [x], [Attribute("alpha", floats: [node.float("alpha", default: 0.01)])])
  }

  static let qLinearGlobalAveragePool = qLinearUnary { node, builder, x throws(Refusal) in
    try builder.inChannelsFirst(node, x) { builder, x throws(Refusal) in try builder.globalPool("mean", x) }
  }

  static let qLinearAveragePool = qLinearUnary { node, builder, x throws(Refusal) in
    try builder.inChannelsFirst(node, x) { builder, x throws(Refusal) in
      let window = try ONNXWindow(node, pooling: builder.shape(x))
      return try builder.averagePool(x, window, countsPadding: node.int("count_include_pad", default: 0) != 0)
    }
  }

  static let qLinearReduceMean = qLinearUnary { node, builder, x throws(Refusal) in
    let rank = builder.shape(x).rank
    let axes = try builder.axes(node.ints("axes") ?? Array(0..<rank), rank: rank).sorted()
    return try builder.reduce("mean", x, axes, keeps: node.int("keepdims", default: 1) != 0)
  }

  static let qLinearSoftmax = qLinearUnary { node, builder, x throws(Refusal) in
    let rank = builder.shape(x).rank
    let axis = try builder.axis(node.int("axis", default: -1), rank: rank)
    return try builder.softmax("softmax", x, axis: axis, joinsAxes: node.int("opset", default: node.opset) < 13)
  }

  /// Output scale and zero point, then each tensor with its own.
  static let qLinearConcat: Add = { node, builder throws(Refusal) in
    guard node.inputs.count >= 5, node.inputs.count % 3 == 2 else { throw Refusal("has \(node.inputs.count) inputs") }
    var parts: [Int] = []
    for index in stride(from: 2, to: node.inputs.count, by: 3) { parts.append(try builder.operand(node, index)) }
    guard let given = node.int("axis") else { throw Refusal("axis is missing") }
    let axis = try builder.axis(given, rank: builder.shape(parts[0]).rank)
    let y = try builder.emit("concatenation", parts, [Attribute("axis", ints: [Int64(axis)])])
    return [try builder.quantize(y, node, 0)]
  }
}

extension ONNXBuilder {
  /// The real numbers of the operand at `index`, whose scale and zero point are the two after it.
  /// - Parameter axis: along which scales may differ.
  fileprivate mutating func operand(_ node: ONNXNode, _ index: Int, axis: Int = 0) throws(Refusal) -> Int {
    try dequantize(
      try node.input(index, "a tensor"), scale: try node.input(index + 1, "its scale"),
      zeroPoint: node.optionalInput(index + 2), axis: axis)
  }

  /// - Parameter index: of the output's scale, which its zero point follows.
  fileprivate mutating func quantize(_ y: Int, _ node: ONNXNode, _ index: Int) throws(Refusal) -> Int {
    try quantize(y, scale: try node.input(index, "y_scale"), zeroPoint: node.optionalInput(index + 1), axis: 1)
  }

  /// An int32 bias in units of `x · w`, as real numbers.
  fileprivate mutating func bias(_ bias: Int?, x: Int, w: Int) throws(Refusal) -> Int? {
    guard let bias else { return nil }
    let (xs, ws) = (try floats(x, "the scale"), try floats(w, "the scale"))
    guard xs.count == 1, dataType(bias) == .int32, isConstant(bias) else {
      throw Refusal("the bias is \(tensor(bias).typeDescription); needs an int32 constant")
    }
    let shape = shape(bias)
    guard ws.count == 1 || shape.dimensions.last == ws.count else {
      throw Refusal("the bias has shape \(shape), the weights \(ws.count) scales")
    }
    let scales = ws.map { $0 * xs[0] }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { throw Refusal("a scale is not a positive number") }
    let quantization = Graph.Quantization(
      scales: scales, zeroPoints: [Int32](repeating: 0, count: scales.count),
      axis: scales.count > 1 ? shape.rank - 1 : 0)
    return try dequantize(try quantized(bias, quantization))
  }

  /// Applies `body` to an NCHW tensor where the node's attribute `channels_last` says that x is NHWC.
  fileprivate mutating func inChannelsFirst(
    _ node: ONNXNode, _ x: Int, _ body: (inout ONNXBuilder, Int) throws(Refusal) -> Int
  ) throws(Refusal) -> Int {
    guard node.int("channels_last", default: 0) != 0 else { return try body(&self, x) }
    return try channelsLast(try body(&self, try channelsFirst(x)))
  }
}
