import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// A reduction along axes, which stay with extent 1 unless `keepdims` is 0.
  /// - Parameter opset: from which on the axes are an input instead of an attribute.
  static func reduce(_ operatorName: String, axesInputSince opset: Int) -> Add {
    { node, builder throws(Refusal) in
      let x = try node.input(0, "x")
      guard let axes = try builder.reducedAxes(node, x, inputSince: opset) else { return [x] }
      return [try builder.reduce(operatorName, x, axes, keeps: node.int("keepdims", default: 1) != 0)]
    }
  }

  /// Softmax and LogSoftmax. Before opset 13 the axes from `axis` on count as one.
  static func softmax(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in
      let x = try node.input(0, "x")
      let axis = try builder.axis(node.int("axis", default: node.opset < 13 ? 1 : -1), rank: builder.shape(x).rank)
      return [try builder.softmax(operatorName, x, axis: axis, joinsAxes: node.opset < 13)]
    }
  }
}

extension ONNXBuilder {
  /// The axes a node reduces, sorted; nil if none, so that it changes nothing.
  func reducedAxes(_ node: ONNXNode, _ x: Int, inputSince opset: Int) throws(Refusal) -> [Int]? {
    let rank = shape(x).rank
    var given = node.ints("axes") ?? []
    if node.opset >= opset, let input = node.optionalInput(1) { given = try ints(input, "axes") }
    if given.isEmpty { return node.int("noop_with_empty_axes", default: 0) != 0 ? nil : Array(0..<rank) }
    return try axes(given, rank: rank).sorted()
  }

  /// - Parameter joinsAxes: whether the axes from `axis` on count as one.
  mutating func softmax(_ operatorName: String, _ x: Int, axis: Int, joinsAxes: Bool) throws(Refusal) -> Int {
    let shape = shape(x)
    let attributes = operatorName == "softmax" ? [Attribute("beta", floats: [1])] : []
    if axis == shape.rank - 1 { return try emit(operatorName, [x], attributes) }
    if joinsAxes {
      let rows = shape.dimensions[..<axis].reduce(1, *)
      let flat = try reshape(x, [rows, shape.dimensions[axis...].reduce(1, *)])
      return try reshape(try emit(operatorName, [flat], attributes), shape.dimensions)
    }
    var order = Array(0..<shape.rank)
    order.append(order.remove(at: axis))
    let back = order.indices.map { index in order.firstIndex(of: index) ?? 0 }
    return try transpose(try emit(operatorName, [try transpose(x, order)], attributes), back)
  }

  /// Reductions of NCHW over height and width are done on NHWC.
  mutating func reduce(_ operatorName: String, _ x: Int, _ axes: [Int], keeps: Bool) throws(Refusal) -> Int {
    let keepDims = [Attribute("keep_dims", ints: [keeps ? 1 : 0])]
    guard shape(x).rank == 4, axes == [2, 3] else {
      return try emit(operatorName, [x, constant(axes, "axes")], keepDims)
    }
    let y = try emit(operatorName, [try channelsLast(x), constant([1, 2], "axes")], keepDims)
    return keeps ? try channelsFirst(y) : y
  }
}

extension ONNXOperator {
  /// `√(Σ x²)`, or without the root.
  static func reduceSquares(root: Bool) -> Add {
    { node, builder throws(Refusal) in
      let x = try node.input(0, "x")
      let square = try builder.emit("mul", [x, x])
      let axes = try builder.reducedAxes(node, x, inputSince: 18) ?? []
      let sum =
        axes.isEmpty ? square : try builder.reduce("sum", square, axes, keeps: node.int("keepdims", default: 1) != 0)
      return [root ? try builder.emit("sqrt", [sum]) : sum]
    }
  }

  /// Products of whole constants, as in arithmetic with shapes.
  static let reduceProduct: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard shape.rank <= 1 else { throw Refusal("supported: lists of whole constants") }
    var product = 1
    for value in try builder.ints(x, "x") {
      let (next, overflow) = product.multipliedReportingOverflow(by: value)
      guard !overflow else { throw Refusal("its product is too large") }
      product = next
    }
    return [builder.constant(int64s: [product], shape: node.int("keepdims", default: 1) != 0 ? [1] : [])]
  }

  /// Index of the largest or smallest element along an axis.
  static func argExtreme(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in
      guard node.int("select_last_index", default: 0) == 0 else {
        throw Refusal("select_last_index is 1; supported: 0, the first of equals")
      }
      let x = try node.input(0, "x")
      let shape = builder.shape(x)
      let axis = try builder.axis(node.int("axis", default: 0), rank: shape.rank)
      let y = try builder.emit(operatorName, [x, builder.constant([axis], shape: [], "axis")], dataType: .int64)
      guard node.int("keepdims", default: 1) != 0 else { return [y] }
      var extents = shape.dimensions
      extents[axis] = 1
      return [try builder.reshape(y, extents)]
    }
  }
}
