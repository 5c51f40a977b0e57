import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// `alpha · A' · B' + beta · C`, where a prime may mean transposed. With constant B it is a fully connected layer.
  static let gemm: Add = { node, builder throws(Refusal) in
    var a = try node.input(0, "A")
    guard builder.shape(a).rank == 2 else { throw Refusal("A has shape \(builder.shape(a)); needs rank 2") }
    if node.int("transA", default: 0) != 0 { a = try builder.transpose(a, [1, 0]) }
    return [
      try builder.dense(
        a, weights: try node.input(1, "B"), isTransposed: node.int("transB", default: 0) != 0,
        bias: node.optionalInput(2),
        alpha: node.float("alpha", default: 1), beta: node.float("beta", default: 1))
    ]
  }

  /// Products of matrices, with NumPy's rules. With a constant second matrix it is a fully connected layer.
  static let matMul: Add = { node, builder throws(Refusal) in
    let (a, b) = (try node.input(0, "A"), try node.input(1, "B"))
    return [try builder.matMul(a, b)]
  }
}

extension ONNXBuilder {
  /// Whether a tensor is known at import: a constant, or what a DequantizeLinear makes of one.
  func isKnown(_ tensor: Int) -> Bool { realNumbers(tensor) != nil }

  mutating func matMul(_ a: Int, _ b: Int) throws(Refusal) -> Int {
    let (first, second) = (shape(a), shape(b))
    guard first.rank > 0, second.rank > 0 else { throw Refusal("a matrix has rank 0") }
    if second.rank == 2, isKnown(b), first.rank > 1 {
      return try dense(a, weights: b, isTransposed: false, bias: nil, alpha: 1, beta: 1)
    }
    // A vector is a row on the left and a column on the right; that axis then disappears.
    let x1 = first.rank == 1 ? try reshape(a, [1, first[0]]) : a
    let x2 = second.rank == 1 ? try reshape(b, [second[0], 1]) : b
    let y = try emit("batch_matmul", [x1, x2])
    var extents = shape(y).dimensions
    if second.rank == 1 { extents.removeLast() }
    if first.rank == 1 { extents.remove(at: extents.count - (second.rank == 1 ? 1 : 2)) }
    return try reshape(y, extents)
  }

  /// `alpha · A · W + beta · C`, W being `[I, O]`, or `[O, I]` if it is transposed.
  mutating func dense(
    _ a: Int, weights: Int, isTransposed: Bool, bias: Int?, alpha: Float, beta: Float
  ) throws(Refusal) -> Int {
    guard shape(weights).rank == 2 else { throw Refusal("B has shape \(shape(weights)); needs rank 2") }
    guard isKnown(weights) else {
      let b = isTransposed ? try transpose(weights, [1, 0]) : weights
      let product = try scaled(try emit("batch_matmul", [a, b]), by: alpha)
      return try bias.map { c throws(Refusal) in try emit("add", [product, try scaled(c, by: beta)]) } ?? product
    }
    let w = try scaled(isTransposed ? weights : try transpose(weights, [1, 0]), by: alpha)
    let outputs = shape(w)[0]
    guard shape(a).dimensions.last == shape(w)[1] else {
      throw Refusal("A has shape \(shape(a)), B \(shape(weights)); their inner extents differ")
    }
    let keeps = shape(a).rank > 2 ? [Attribute("keep_num_dims", ints: [1])] : []
    var operands: [Int?] = [a, w]
    var summand: Int?
    if let bias {
      let isRow = shape(bias).elementCount == outputs && shape(bias).dimensions.last == outputs
      if isRow, isKnown(bias) {
        operands.append(try scaled(try reshape(bias, [outputs]), by: beta))
      } else {
        summand = try scaled(bias, by: beta)
      }
    }
    let y = try emit("fully_connected", operands, keeps)
    return try summand.map { c throws(Refusal) in try emit("add", [y, c]) } ?? y
  }

  /// `factor · x`.
  mutating func scaled(_ x: Int, by factor: Float) throws(Refusal) -> Int {
    if factor == 1 { return x }
    guard let values = realNumbers(x) else { return try emit("mul", [x, constant(floats: [factor], "factor")]) }
    return constant(floats: values.map { $0 * factor }, shape: shape(x).dimensions, "scaled")
  }
}
