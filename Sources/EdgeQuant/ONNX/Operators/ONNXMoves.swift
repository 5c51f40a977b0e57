import EdgeModel
import EdgeTensor

extension ONNXOperator {
  static let constant: Add = { node, builder throws(Refusal) in
    if let value = node.tensor("value") { return [builder.add(try builder.file.tensor(value, name: node.name))] }
    if node.has("value_float") {
      return [builder.constant(floats: [node.float("value_float", default: 0)])]
    } else if let values = node.floats("value_floats"), !values.isEmpty {
      return [builder.constant(floats: values, shape: [values.count])]
    } else if let value = node.int("value_int") {
      return [builder.constant(int64s: [value], shape: [])]
    } else if let values = node.ints("value_ints"), !values.isEmpty {
      return [builder.constant(int64s: values, shape: [values.count])]
    }
    throw Refusal("has no value of a supported kind; supported: a tensor, numbers")
  }

  static let transpose: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let rank = builder.shape(x).rank
    let permutation = try builder.axes(node.ints("perm") ?? Array((0..<rank).reversed()), rank: rank)
    guard permutation.count == rank else { throw Refusal("perm is \(permutation), x has rank \(rank)") }
    return [try builder.transpose(x, permutation)]
  }

  /// `[d₀ · …, dₐ · …]`, the axes before `axis` joined and those from it on.
  static let flatten: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    let given = node.int("axis", default: 1)
    let axis = given < 0 ? given + shape.rank : given
    guard (0...shape.rank).contains(axis) else { throw Refusal("axis \(given) is outside the rank \(shape.rank)") }
    let rows = shape.dimensions[..<axis].reduce(1, *)
    return [try builder.reshape(x, [rows, shape.dimensions[axis...].reduce(1, *)])]
  }

  /// The same elements under another shape: 0 takes the extent of x, −1 the rest.
  static let reshape: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    var extents = try builder.ints(try node.input(1, "shape"), "shape")
    if node.int("allowzero", default: 0) == 0 {
      for index in extents.indices where extents[index] == 0 {
        guard index < shape.rank else { throw Refusal("shape \(extents) copies dimension \(index) of \(shape)") }
        extents[index] = shape[index]
      }
    }
    if let open = extents.firstIndex(of: -1) {
      extents[open] = 1
      guard let rest = Shape(checking: extents), rest.elementCount > 0 else { throw Refusal("shape is \(extents)") }
      extents[open] = shape.elementCount / rest.elementCount
    }
    return [try builder.reshape(x, extents)]
  }

  static let concat: Add = { node, builder throws(Refusal) in
    let inputs = try node.allInputs()
    guard let given = node.int("axis") else { throw Refusal("axis is missing") }
    let axis = try builder.axis(given, rank: builder.shape(inputs[0]).rank)
    if inputs.count == 1 { return inputs }
    return [try builder.emit("concatenation", inputs, [Attribute("axis", ints: [Int64(axis)])])]
  }
}
