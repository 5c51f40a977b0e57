import EdgeModel
import EdgeTensor

extension ONNXOperator {
  static let identity: Add = { node, builder throws(Refusal) in
    try node.requireOneOutput("mask")
    return [try node.input(0, "x")]
  }

  /// A function of each element that the runtime has under `operatorName`.
  static func unary(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in [try builder.emit(operatorName, [try node.input(0, "x")])] }
  }

  /// An operator on two tensors that are broadcast to each other.
  static func binary(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in
      [try builder.emit(operatorName, [try node.input(0, "A"), try node.input(1, "B")])]
    }
  }

  /// The same of any number of tensors, from the left.
  static func fold(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in
      let inputs = try node.allInputs()
      var result = inputs[0]
      for input in inputs.dropFirst() { result = try builder.emit(operatorName, [result, input]) }
      return [result]
    }
  }

  /// The mean of any number of tensors.
  static let mean: Add = { node, builder throws(Refusal) in
    let count = try node.allInputs().count
    let sum = try fold("add")(node, &builder)[0]
    return [try builder.scaled(sum, by: 1 / Float(count))]
  }

  /// `min(max(x, minimum), maximum)`.
  static let clip: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let isFloat = builder.dataType(x) == .float32
    func bound(_ index: Int, _ builder: ONNXBuilder) throws(Refusal) -> Float? {
      guard let tensor = node.optionalInput(index) else { return nil }
      let what = index == 1 ? "min" : "max"
      guard builder.shape(tensor).elementCount == 1 else {
        throw Refusal("\(what) has shape \(builder.shape(tensor)); needs one number")
      }
      return try builder.floats(tensor, what)[0]
    }
    guard isFloat else { throw Refusal("x is \(builder.dataType(x)); supported: float32") }
    return [
      try builder.clamp(x, try bound(1, builder) ?? -.infinity, try bound(2, builder) ?? .infinity)
    ]
  }
}

extension ONNXBuilder {
  mutating func clamp(_ x: Int, _ minimum: Float, _ maximum: Float) throws(Refusal) -> Int {
    guard !minimum.isNaN, !maximum.isNaN else { throw Refusal("a bound is not a number") }
    let minimum = minimum == -.greatestFiniteMagnitude ? -.infinity : minimum
    let maximum = maximum == .greatestFiniteMagnitude ? .infinity : maximum
    switch (minimum, maximum) {
    case (0, .infinity): return try emit("relu", [x])
    case (0, 6): return try emit("relu6", [x])
    case (0, 1): return try emit("relu_0_to_1", [x])
    case (-1, 1): return try emit("relu_n1_to_1", [x])
    default:
      var y = x
      if minimum > -.infinity { y = try emit("maximum", [y, constant(floats: [minimum], "min")]) }
      if maximum < .infinity { y = try emit("minimum", [y, constant(floats: [maximum], "max")]) }
      return y
    }
  }
}
