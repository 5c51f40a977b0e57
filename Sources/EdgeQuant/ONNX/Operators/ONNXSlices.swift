import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// A part of a tensor along some axes; constant limits.
  static let slice: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    func list(_ index: Int, _ what: String) throws(Refusal) -> [Int]? {
      try node.optionalInput(index).map { tensor throws(Refusal) in try builder.ints(tensor, what) }
    }
    let starts = try builder.ints(try node.input(1, "starts"), "starts")
    let ends = try builder.ints(try node.input(2, "ends"), "ends")
    let given = try list(3, "axes") ?? Array(starts.indices)
    let steps = try list(4, "steps") ?? [Int](repeating: 1, count: starts.count)
    let axes = try builder.axes(given, rank: shape.rank)
    guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count else {
      throw Refusal("starts, ends, axes and steps differ in length")
    }
    var ranges = shape.dimensions.map { SliceRange(first: 0, count: $0, step: 1) }
    for (index, axis) in axes.enumerated() {
      guard let range = SliceRange(starts[index], ends[index], steps[index], extent: shape[axis]) else {
        throw Refusal("a step is 0")
      }
      ranges[axis] = range
    }
    return [try builder.slice(x, ranges)]
  }

  /// Parts along one axis: as many as there are outputs, or of given sizes.
  static let split: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    let axis = try builder.axis(node.int("axis", default: 0), rank: shape.rank)
    let count = node.outputNames.count
    var sizes = node.ints("split") ?? []
    if node.opset >= 13, let input = node.optionalInput(1) { sizes = try builder.ints(input, "split") }
    if sizes.isEmpty {
      // The last part is smaller where the extent is no multiple.
      let size = (shape[axis] + count - 1) / max(count, 1)
      sizes = (0..<count).map { min(size, max(shape[axis] - $0 * size, 0)) }
    }
    guard sizes.count == count, sizes.allSatisfy({ (0...shape[axis]).contains($0) }),
      sizes.reduce(0, +) == shape[axis]
    else { throw Refusal("the sizes \(sizes) of \(count) parts do not add up to the extent \(shape[axis])") }
    if count == 1 { return [x] }
    let axisTensor = builder.constant([axis], shape: [], "axis")
    if Set(sizes).count == 1 {
      let attribute = Attribute("num_splits", ints: [Int64(count)])
      return try builder.emit("split", [axisTensor, x], [attribute], outputs: count, dataType: builder.dataType(x))
    }
    return try builder.emit("split_v", [x, builder.constant(sizes, "sizes"), axisTensor], outputs: count)
  }

  /// Slices chosen by indices along an axis; constant negative ones count from the end.
  static let gather: Add = { node, builder throws(Refusal) in
    let (x, indices) = (try node.input(0, "data"), try node.input(1, "indices"))
    let shape = builder.shape(x)
    let axis = try builder.axis(node.int("axis", default: 0), rank: shape.rank)
    guard builder.isConstant(indices) else {
      return [try builder.emit("gather", [x, indices], [Attribute("axis", ints: [Int64(axis)])])]
    }
    let values = try builder.ints(indices, "indices")
    guard values.allSatisfy({ (-shape[axis]..<shape[axis]).contains($0) }) else {
      throw Refusal("an index is outside the extent \(shape[axis]) of axis \(axis)")
    }
    let positive = values.map { $0 < 0 ? $0 + shape[axis] : $0 }
    return [try builder.gather(x, positive, shape: builder.shape(indices).dimensions, axis: axis)]
  }

  static let squeeze: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    let given = try builder.axesOperand(node)
    let axes =
      try given.map { list throws(Refusal) in try builder.axes(list, rank: shape.rank) }
      ?? (0..<shape.rank).filter { shape[$0] == 1 }
    guard axes.allSatisfy({ shape[$0] == 1 }) else {
      throw Refusal("an axis of \(shape) among \(axes) has another extent than 1")
    }
    return [try builder.reshape(x, (0..<shape.rank).filter { !axes.contains($0) }.map { shape[$0] })]
  }

  static let unsqueeze: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard let given = try builder.axesOperand(node) else { throw Refusal("axes are missing") }
    let rank = shape.rank + given.count
    guard rank <= Shape.maximumRank else { throw Refusal("its result would have rank \(rank)") }
    let axes = try builder.axes(given, rank: rank)
    var rest = shape.dimensions[...]
    return [try builder.reshape(x, (0..<rank).map { axes.contains($0) ? 1 : rest.removeFirst() })]
  }

  static let expand: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let extents = try builder.ints(try node.input(1, "shape"), "shape")
    guard let shape = Shape(checking: extents) else { throw Refusal("shape is \(extents)") }
    return [try builder.expand(x, to: try builder.broadcast([builder.shape(x), shape]))]
  }

  /// x repeated along each axis.
  static let tile: Add = { node, builder throws(Refusal) in
    var x = try node.input(0, "x")
    let repeats = try builder.ints(try node.input(1, "repeats"), "repeats")
    guard repeats.count == builder.shape(x).rank, repeats.allSatisfy({ (1...1 << 16).contains($0) }) else {
      throw Refusal("repeats are \(repeats), x has shape \(builder.shape(x))")
    }
    for (axis, count) in repeats.enumerated() where count > 1 {
      let extent = builder.shape(x)[axis]
      guard extent * count <= ONNXBuilder.maximumIndexCount else {
        throw Refusal("repeats \(extent) elements \(count) times, more than any network needs")
      }
      x = try builder.gather(x, (0..<extent * count).map { $0 % extent }, axis: axis)
    }
    return [x]
  }
}

/// Elements `first, first + step, …`, `count` of them.
struct SliceRange {
  let first: Int
  let count: Int
  let step: Int

  init(first: Int, count: Int, step: Int) { (self.first, self.count, self.step) = (first, count, step) }

  /// Python's `start:end:step`: negative limits count from the end, and both are limited to the axis.
  /// - Returns: nil if the step is 0.
  init?(_ start: Int, _ end: Int, _ step: Int, extent: Int) {
    guard step != 0 else { return nil }
    func limited(_ value: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(value < 0 ? value + extent : value, range.lowerBound), range.upperBound)
    }
    let range = step > 0 ? 0...extent : -1...max(extent - 1, -1)
    let (first, last) = (limited(start, range), limited(end, range))
    let distance = step > 0 ? last - first : first - last
    let size = Int(min(step.magnitude, UInt(Int.max)))
    self.init(first: distance > 0 ? first : 0, count: distance > 0 ? (distance - 1) / size + 1 : 0, step: step)
  }
}

extension ONNXBuilder {
  /// Elements of a list of indices that an operator is composed with.
  static let maximumIndexCount = 1 << 20

  /// Axes from the attribute (before opset 13) or the second operand; nil if there are none.
  func axesOperand(_ node: ONNXNode) throws(Refusal) -> [Int]? {
    if node.opset < 13 { return node.ints("axes") }
    return try node.optionalInput(1).map { tensor throws(Refusal) in try ints(tensor, "axes") }
  }

  mutating func slice(_ x: Int, _ ranges: [SliceRange]) throws(Refusal) -> Int {
    let shape = shape(x)
    if zip(ranges, shape.dimensions).allSatisfy({ $0.count == $1 && $0.step == 1 }) { return x }
    let begin = constant(ranges.map { $0.first }, "begin")
    if ranges.allSatisfy({ $0.step == 1 || $0.count <= 1 }) {
      return try emit("slice", [x, begin, constant(ranges.map { $0.count }, "size")])
    }
    // An end before the first element cannot be written as a number; the mask says that there is none.
    var mask: Int64 = 0
    var ends: [Int] = []
    for (axis, range) in ranges.enumerated() {
      let end = range.first + (range.count > 0 ? (range.count - 1) * range.step + (range.step > 0 ? 1 : -1) : 0)
      if end < 0 { mask |= 1 << Int64(axis) }
      ends.append(max(end, 0))
    }
    let operands = [x, begin, constant(ends, "end"), constant(ranges.map { $0.count > 1 ? $0.step : 1 }, "strides")]
    return try emit("strided_slice", operands, [Attribute("end_mask", ints: [mask])])
  }

  /// - Parameter shape: of the indices; nil for a list.
  mutating func gather(_ x: Int, _ indices: [Int], shape: [Int]? = nil, axis: Int) throws(Refusal) -> Int {
    try emit("gather", [x, constant(indices, shape: shape, "indices")], [Attribute("axis", ints: [Int64(axis)])])
  }
}
