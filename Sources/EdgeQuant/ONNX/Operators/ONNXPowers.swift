import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// Powers that are products, quotients and roots, and others as `e` to the logarithm, which needs x above 0.
  static let power: Add = { node, builder throws(Refusal) in
    let (x, exponent) = (try node.input(0, "x"), try node.input(1, "exponent"))
    let values =
      builder.dataType(exponent) == .float32
      ? try builder.floats(exponent, "the exponent") : try builder.ints(exponent, "the exponent").map { Float($0) }
    guard let value = values.first, values.allSatisfy({ $0 == value }) else { throw Refusal("the exponents differ") }
    return [try builder.power(x, value)]
  }

  /// `ln(1 + eˣ)`: one of the two log-softmax scores of x and 0, but for the sign.
  static let softplus: Add = { node, builder throws(Refusal) in [try builder.softplus(try node.input(0, "x"))] }

  /// `x / (bias + alpha / size · Σ x²)^beta`, the sum over `size` neighbouring channels: a convolution with a band of ones.
  static let localResponseNormalization: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard shape.rank == 4 else { throw Refusal("x has shape \(shape); needs rank 4 (NCHW)") }
    let channelCount = shape[1]
    guard let size = node.int("size"), size > 0, channelCount <= ONNXBuilder.maximumBandChannelCount else {
      throw Refusal("size is missing, or \(channelCount) channels are too many")
    }
    let factor = node.float("alpha", default: 1e-4) / Float(size)
    var band = [Float](repeating: 0, count: channelCount * channelCount)
    for channel in 0..<channelCount {
      let first = max(channel - (size - 1) / 2, 0)
      for other in first...min(channel + size / 2, channelCount - 1) { band[channel * channelCount + other] = factor }
    }
    let last = try builder.channelsLast(x)
    let weights = builder.constant(floats: band, shape: [channelCount, 1, 1, channelCount], "band")
    let bias = [Float](repeating: node.float("bias", default: 1), count: channelCount)
    let sum = try builder.emit(
      "conv_2d",
      [try builder.emit("mul", [last, last]), weights, builder.constant(floats: bias, shape: [channelCount], "bias")],
      ONNXBuilder.pointwise)
    let factors = try builder.power(sum, -node.float("beta", default: 0.75))
    return [try builder.channelsFirst(try builder.emit("mul", [last, factors]))]
  }
}

extension ONNXBuilder {
  /// More channels would make the band a large constant.
  fileprivate static let maximumBandChannelCount = 2048

  /// A convolution of one pixel.
  fileprivate static let pointwise: [Attribute] = [
    Attribute("padding", text: "valid"), Attribute("stride_h", ints: [1]), Attribute("stride_w", ints: [1]),
    Attribute("dilation_h", ints: [1]), Attribute("dilation_w", ints: [1]),
  ]

  fileprivate mutating func power(_ x: Int, _ exponent: Float) throws(Refusal) -> Int {
    switch exponent {
    case 0: throw Refusal("the exponent is 0")
    case 1: return x
    case 2: return try emit("mul", [x, x])
    case 3: return try emit("mul", [try emit("mul", [x, x]), x])
    case 4:
      let square = try emit("mul", [x, x])
      return try emit("mul", [square, square])
    case 0.5: return try emit("sqrt", [x])
    case -0.5: return try emit("rsqrt", [x])
    case -0.75:
      let root = try emit("rsqrt", [x])
      return try emit("mul", [root, try emit("sqrt", [root])])
    case -1: return try emit("div", [constant(floats: [1]), x])
    default:
      guard exponent.isFinite, exponent != exponent.rounded() else {
        throw Refusal("the exponent is \(exponent); supported: -1 to 4, and all that are not whole")
      }
      return try emit("exp", [try scaled(try emit("log", [x]), by: exponent)])
    }
  }

  fileprivate mutating func softplus(_ x: Int) throws(Refusal) -> Int {
    let extents = shape(x).dimensions
    let pair = try emit(
      "pad",
      [
        try reshape(x, extents + [1]),
        constant([Int](repeating: 0, count: 2 * extents.count + 1) + [1], shape: [extents.count + 1, 2], "pads"),
      ])
    let scores = try emit("log_softmax", [pair])
    let begin = constant([Int](repeating: 0, count: extents.count) + [1], "begin")
    let second = try emit("slice", [scores, begin, constant(extents + [1], "size")])
    return try scaled(try reshape(second, extents), by: -1)
  }
}
