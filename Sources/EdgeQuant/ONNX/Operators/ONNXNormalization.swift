import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// `y = scale · (x − mean) / √(variance + epsilon) + bias` for each channel, as a product and a sum with constants.
  static let batchNormalization: Add = { node, builder throws(Refusal) in
    try node.requireOneOutput("running_mean")
    guard node.int("training_mode", default: 0) == 0 else {
      throw Refusal("is in training mode; export the model for inference")
    }
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard shape.rank >= 2 else { throw Refusal("x has shape \(shape); needs at least rank 2") }
    let names = ["scale", "bias", "mean", "variance"]
    var constants: [[Float]] = []
    for (index, name) in names.enumerated() {
      let values = try builder.floats(try node.input(index + 1, name), name)
      guard values.count == shape[1] else {
        throw Refusal("\(name) has \(values.count) elements, x has \(shape[1]) channels")
      }
      constants.append(values)
    }
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    var (factors, offsets): ([Float], [Float]) = ([], [])
    for channel in 0..<shape[1] {
      let factor = Double(constants[0][channel]) / (Double(constants[3][channel]) + epsilon).squareRoot()
      factors.append(Float(factor))
      offsets.append(Float(Double(constants[1][channel]) - Double(constants[2][channel]) * factor))
    }
    guard (factors + offsets).allSatisfy({ $0.isFinite }) else {
      throw Refusal("a variance is negative or a constant not finite")
    }
    let last = shape.rank == 2 ? x : try builder.channelsLast(x)
    let product = try builder.emit("mul", [last, builder.constant(floats: factors, shape: [shape[1]], "factors")])
    let y = try builder.emit("add", [product, builder.constant(floats: offsets, shape: [shape[1]], "offsets")])
    return [shape.rank == 2 ? y : try builder.channelsFirst(y)]
  }
}

extension ONNXOperator {
  /// `y = scale · (x − mean) / √(variance + epsilon) + bias` over the axes from `axis` on.
  static let layerNormalization: Add = { node, builder throws(Refusal) in
    try node.requireOneOutput("Mean")
    let x = try node.input(0, "x")
    let rank = builder.shape(x).rank
    let axis = try builder.axis(node.int("axis", default: -1), rank: rank)
    let y = try builder.normalized(x, Array(axis..<rank), epsilon: node.float("epsilon", default: 1e-5))
    return [try builder.affine(y, scale: try node.input(1, "scale"), bias: node.optionalInput(2))]
  }

  /// The same for each channel of each picture.
  static let instanceNormalization: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let rank = builder.shape(x).rank
    guard rank >= 3 else { throw Refusal("x has shape \(builder.shape(x)); needs at least rank 3") }
    let last = try builder.channelsLast(x)
    let y = try builder.normalized(last, Array(1..<rank - 1), epsilon: node.float("epsilon", default: 1e-5))
    let scaled = try builder.affine(y, scale: try node.input(1, "scale"), bias: try node.input(2, "bias"))
    return [try builder.channelsFirst(scaled)]
  }

  /// The same for each group of channels; scale and bias are given for each channel, before opset 21 for each group.
  static let groupNormalization: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let extents = builder.shape(x).dimensions
    guard extents.count >= 3, let groups = node.int("num_groups"), groups > 0, extents[1] % groups == 0 else {
      throw Refusal("x has shape \(builder.shape(x)); num_groups must divide its channels")
    }
    let rows = try builder.reshape(x, [extents[0], groups, extents[1] / groups * extents[2...].reduce(1, *)])
    let y = try builder.normalized(rows, [2], epsilon: node.float("epsilon", default: 1e-5))
    let constants = try ["scale", "bias"].enumerated().map { index, name throws(Refusal) -> Int in
      let operand = try node.input(index + 1, name)
      let values = try builder.floats(operand, name)
      guard values.count == extents[1] || values.count == groups else {
        throw Refusal("\(name) has \(values.count) elements, x has \(extents[1]) channels in \(groups) groups")
      }
      return builder.constant(
        floats: (0..<extents[1]).map { values[$0 * values.count / extents[1]] }, shape: [extents[1]], name)
    }
    let last = try builder.channelsLast(try builder.reshape(y, extents))
    return [try builder.channelsFirst(try builder.affine(last, scale: constants[0], bias: constants[1]))]
  }

  /// `x / √(Σ x²)` along one axis.
  static let lpNormalization: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    guard node.int("p", default: 2) == 2 else { throw Refusal("p is \(node.int("p", default: 2)); supported: 2") }
    let axis = try builder.axis(node.int("axis", default: -1), rank: builder.shape(x).rank)
    let square = try builder.emit("mul", [x, x])
    let sum = try builder.reduce("sum", square, [axis], keeps: true)
    return [try builder.emit("div", [x, try builder.emit("sqrt", [sum])])]
  }
}

extension ONNXBuilder {
  /// `(x − mean) / √(variance + epsilon)` over some axes.
  fileprivate mutating func normalized(_ x: Int, _ axes: [Int], epsilon: Float) throws(Refusal) -> Int {
    let keeps = [Attribute("keep_dims", ints: [1])]
    let list = constant(axes, "axes")
    let centered = try emit("sub", [x, try emit("mean", [x, list], keeps)])
    let variance = try emit("mean", [try emit("mul", [centered, centered]), list], keeps)
    let factor = try emit("rsqrt", [try emit("add", [variance, constant(floats: [epsilon])])])
    return try emit("mul", [centered, factor])
  }

  fileprivate mutating func affine(_ x: Int, scale: Int, bias: Int?) throws(Refusal) -> Int {
    let product = try emit("mul", [x, scale])
    return try bias.map { bias throws(Refusal) in try emit("add", [product, bias]) } ?? product
  }
}
