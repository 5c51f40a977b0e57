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
      let shape = builder.shape(x)
      let axis = try builder.axis(node.int("axis", default: node.opset < 13 ? 1 : -1), rank: shape.rank)
      let attributes = operatorName == "softmax" ? [Attribute("beta", floats: [1])] : []
      if axis == shape.rank - 1 { return [try builder.emit(operatorName, [x], attributes)] }
      if node.opset < 13 {
        let rows = shape.dimensions[..<axis].reduce(1, *)
        let flat = try builder.reshape(x, [rows, shape.dimensions[axis...].reduce(1, *)])
        return [try builder.reshape(try builder.emit(operatorName, [flat], attributes), shape.dimensions)]
      }
      var order = Array(0..<shape.rank)
      order.append(order.remove(at: axis))
      let back = order.indices.map { index in order.firstIndex(of: index) ?? 0 }
      let moved = try builder.transpose(x, order)
      return [try builder.transpose(try builder.emit(operatorName, [moved], attributes), back)]
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
