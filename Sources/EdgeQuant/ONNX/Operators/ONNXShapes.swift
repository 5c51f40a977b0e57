import EdgeModel
import EdgeTensor

// Arithmetic with shapes, as exporters write it where the batch may vary. Every shape is known here, so all of it is computed.
extension ONNXOperator {
  /// The extents of x, or some of them.
  static let shape: Add = { node, builder throws(Refusal) in
    let extents = builder.shape(try node.input(0, "x")).dimensions
    func limit(_ value: Int) -> Int { min(max(value < 0 ? value + extents.count : value, 0), extents.count) }
    let (start, end) = (limit(node.int("start", default: 0)), limit(node.int("end", default: extents.count)))
    let part = Array(extents[start..<max(start, end)])
    return [builder.constant(int64s: part, shape: [part.count])]
  }

  static let size: Add = { node, builder throws(Refusal) in
    [builder.constant(int64s: [builder.shape(try node.input(0, "x")).elementCount], shape: [])]
  }

  static let cast: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let code = Int32(truncatingIfNeeded: node.int("to", default: 0))
    guard let dataType = ONNXType.dataType(code) else {
      throw Refusal("casts to \(ONNXType.name(code)); supported: \(ONNXType.supported)")
    }
    return [dataType == builder.dataType(x) ? x : try builder.emit("cast", [x], dataType: dataType)]
  }

  /// x with the type of a second tensor.
  static let castLike: Add = { node, builder throws(Refusal) in
    let (x, dataType) = (try node.input(0, "x"), builder.dataType(try node.input(1, "target")))
    return [dataType == builder.dataType(x) ? x : try builder.emit("cast", [x], dataType: dataType)]
  }

  /// A tensor of one value, 0 if it has none.
  static let constantOfShape: Add = { node, builder throws(Refusal) in
    let extents = try builder.ints(try node.input(0, "shape"), "shape")
    guard let shape = Shape(checking: extents), shape.elementCount <= ONNXBuilder.maximumIndexCount else {
      throw Refusal("its shape is \(extents), which is impossible or too large for a constant")
    }
    var value = Graph.Tensor(
      name: node.name, dataType: .float32, shape: Shape([1]), data: Graph.Tensor.bytes(of: [Float(0)]))
    if let given = node.tensor("value") { value = try builder.file.tensor(given, name: node.name) }
    guard let bytes = value.data, value.shape?.elementCount == 1 else { throw Refusal("value is not one element") }
    value.shape = shape
    value.data = Array(repeatElement(bytes, count: shape.elementCount).joined())
    return [builder.add(value)]
  }

  /// `start, start + delta, …` up to before `limit`.
  static let range: Add = { node, builder throws(Refusal) in
    let inputs = try node.allInputs()
    guard inputs.count == 3, builder.dataType(inputs[0]) != .float32 else {
      throw Refusal("supported: three whole numbers")
    }
    let numbers = try inputs.map { tensor throws(Refusal) in try builder.ints(tensor, "a limit") }
    guard numbers.allSatisfy({ $0.count == 1 && $0[0].magnitude < 1 << 40 }), numbers[2][0] != 0 else {
      throw Refusal("limits are \(numbers)")
    }
    let values = stride(from: numbers[0][0], to: numbers[1][0], by: numbers[2][0])
    let count = values.prefix(ONNXBuilder.maximumIndexCount + 1).reduce(0) { count, _ in count + 1 }
    guard count <= ONNXBuilder.maximumIndexCount else {
      throw Refusal("is longer than \(ONNXBuilder.maximumIndexCount) elements")
    }
    let list = builder.constant(int64s: Array(values), shape: [count])
    let dataType = builder.dataType(inputs[0])
    return [dataType == .int64 ? list : try builder.emit("cast", [list], dataType: dataType)]
  }

  /// A comparison of constants.
  static func compare(_ body: @escaping @Sendable (Double, Double) -> Bool) -> Add {
    { node, builder throws(Refusal) in
      let result = try builder.computedPair(
        node, { body(Double($0), Double($1)) ? 1 : 0 }, { body(Double($0), Double($1)) ? 1 : 0 })
      return [try builder.emit("cast", [result], dataType: .bool)]
    }
  }

  /// A function of constants, of whole numbers and of float32.
  static func compute(
    _ whole: @escaping @Sendable (Int64) -> Int64, _ real: @escaping @Sendable (Float) -> Float
  ) -> Add {
    { node, builder throws(Refusal) in [try builder.computed(node, whole, real)] }
  }

  /// A function of pairs of constants; nil has no value.
  static func compute(
    _ whole: @escaping @Sendable (Int64, Int64) -> Int64?, _ real: @escaping @Sendable (Float, Float) -> Float
  ) -> Add {
    { node, builder throws(Refusal) in [try builder.computedPair(node, whole, real)] }
  }

  /// Quotients: of whole constants here, of float32 while running.
  static let divide: Add = { node, builder throws(Refusal) in
    let (a, b) = (try node.input(0, "A"), try node.input(1, "B"))
    if builder.dataType(a) != .float32, builder.isConstant(a), builder.isConstant(b) {
      return [
        try builder.computedPair(
          node, { $1 == 0 ? nil : $0.dividedReportingOverflow(by: $1).partialValue }, { $0 / $1 })
      ]
    }
    return [try builder.emit("div", [a, b])]
  }

  /// Elements of the second tensor where the first is true, else of the third; the first is a constant.
  static let choose: Add = { node, builder throws(Refusal) in
    let (condition, a, b) = (try node.input(0, "condition"), try node.input(1, "X"), try node.input(2, "Y"))
    guard builder.isConstant(condition), builder.dataType(condition) == .bool else {
      throw Refusal("the condition is computed while running; only a constant is supported")
    }
    let flags = builder.tensor(condition).values(as: UInt8.self)
    if let flag = flags.first, flags.allSatisfy({ $0 == flag }) {
      let (chosen, other) = flag != 0 ? (a, b) : (b, a)
      let shape = try builder.broadcast([builder.shape(condition), builder.shape(chosen), builder.shape(other)])
      return [try builder.expand(chosen, to: shape)]
    }
    guard builder.isConstant(a), builder.isConstant(b) else {
      throw Refusal("chooses between tensors that are computed while running; only constants are supported")
    }
    // One of each pair of products is 0, so the sum is exact.
    let dataType = builder.dataType(a)
    let mask = try builder.emit("cast", [condition], dataType: dataType)
    let one = try builder.emit("cast", [builder.constant([1], shape: [])], dataType: dataType)
    let rest = try builder.emit("sub", [one, mask])
    return [try builder.emit("add", [try builder.emit("mul", [mask, a]), try builder.emit("mul", [rest, b])])]
  }
}

extension ONNXBuilder {
  /// The numbers of a constant, as whole ones unless they are float32.
  private func numbers(_ tensor: Int) throws(Refusal) -> (whole: [Int64], real: [Float]) {
    let value = graph.tensors[tensor]
    guard value.isConstant else {
      throw Refusal("is supported for constants alone, but \"\(value.name)\" is computed while running")
    }
    switch value.dataType {
    case .float32: return ([], value.values(as: Float.self))
    case .int64: return (value.values(as: Int64.self), [])
    case .int32: return (value.values(as: Int32.self).map { Int64($0) }, [])
    case .int8: return (value.values(as: Int8.self).map { Int64($0) }, [])
    case .uint8, .bool: return (value.values(as: UInt8.self).map { Int64($0) }, [])
    }
  }

  /// A constant of the type of an operand.
  private mutating func constant(
    _ whole: [Int64], _ real: [Float], like dataType: DataType, _ shape: Shape
  ) throws(Refusal) -> Int {
    if dataType == .float32 { return constant(floats: real, shape: shape.dimensions) }
    let result = constant(int64s: whole.map { Int($0) }, shape: shape.dimensions)
    return dataType == .int64 ? result : try emit("cast", [result], dataType: dataType)
  }

  mutating func computed(
    _ node: ONNXNode, _ whole: (Int64) -> Int64, _ real: (Float) -> Float
  ) throws(Refusal) -> Int {
    let x = try node.input(0, "x")
    let values = try numbers(x)
    return try constant(values.whole.map(whole), values.real.map(real), like: dataType(x), shape(x))
  }

  mutating func computedPair(
    _ node: ONNXNode, _ whole: (Int64, Int64) -> Int64?, _ real: (Float, Float) -> Float
  ) throws(Refusal) -> Int {
    let (a, b) = (try node.input(0, "A"), try node.input(1, "B"))
    guard dataType(a) == dataType(b) else { throw Refusal("A is \(dataType(a)), B is \(dataType(b))") }
    let target = try broadcast([shape(a), shape(b)])
    let (x, y) = (try numbers(try expand(a, to: target)), try numbers(try expand(b, to: target)))
    let results = zip(x.whole, y.whole).map(whole)
    guard !results.contains(nil) else { throw Refusal("has no result for these constants") }
    return try constant(results.compactMap { $0 }, zip(x.real, y.real).map(real), like: dataType(a), target)
  }

  /// The shape to which NumPy's rules broadcast all of these.
  func broadcast(_ shapes: [Shape]) throws(Refusal) -> Shape {
    let rank = shapes.map { $0.rank }.max() ?? 0
    var extents = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (axis, extent) in zip(rank - shape.rank..<rank, shape.dimensions) where extent != 1 {
        guard extents[axis] == 1 || extents[axis] == extent else {
          throw Refusal("the shapes \(shapes.map { "\($0)" }.joined(separator: ", ")) do not broadcast")
        }
        extents[axis] = extent
      }
    }
    guard let result = Shape(checking: extents) else { throw Refusal("would have the impossible shape \(extents)") }
    return result
  }

  mutating func expand(_ x: Int, to target: Shape) throws(Refusal) -> Int {
    if shape(x) == target { return x }
    return try emit("broadcast_to", [x, constant(target.dimensions, "shape")])
  }
}
