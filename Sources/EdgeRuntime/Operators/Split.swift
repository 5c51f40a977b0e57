import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Equal parts of a tensor along one axis, each an output.
  ///
  /// Inputs: axis, one constant integer; x of any type. Attribute `num_splits`, if present, is the number of outputs.
  static let split = OperatorDefinition(
    "split", inputs: 2...2, outputs: OperatorDefinition.many,
    sharing: .bytes { node throws(PlanError) in
      try node.splitOutputs(of: 1, axis: try node.splitAxis(x: 1, axis: 0))
    },
    outputTypes: { node throws(PlanError) in
      let x = try node.input(1, "x")
      let axis = try node.splitAxis(x: 1, axis: 0)
      let count = node.outputs.count
      guard node.attributes.int("num_splits") ?? count == count else {
        throw .badAttribute("num_splits", reason: "differs from the number of outputs")
      }
      guard x.shape[axis] % count == 0 else {
        throw .badValue(operand: "x", reason: "extent is not a multiple of the number of outputs")
      }
      return try node.parts(of: x, axis, [Int](repeating: x.shape[axis] / count, count: count))
    },
    plan: { context throws(PlanError) in
      try context.splitting(1, axis: try context.node.splitAxis(x: 1, axis: 0))
    })

  /// Parts of given sizes of a tensor along one axis, each an output.
  ///
  /// Inputs: x of any type; sizes, constant, one for each output, of which one may be −1 for the rest; axis, one constant integer.
  static let splitV = OperatorDefinition(
    "split_v", inputs: 3...3, outputs: OperatorDefinition.many,
    sharing: .bytes { node throws(PlanError) in
      try node.splitOutputs(of: 0, axis: try node.splitAxis(x: 0, axis: 2))
    },
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let axis = try node.splitAxis(x: 0, axis: 2)
      var sizes = try node.constantInts(1, "sizes")
      guard sizes.count == node.outputs.count else {
        throw .badValue(operand: "sizes", reason: "differs from the number of outputs")
      }
      var rest = x.shape[axis]
      for size in sizes where size != -1 {
        guard (0...rest).contains(size) else { throw .badValue(operand: "sizes", reason: "do not fit the input") }
        rest -= size
      }
      if let unknown = sizes.firstIndex(of: -1) {
        sizes[unknown] = rest
        rest = 0
      }
      guard rest == 0, !sizes.contains(-1) else {
        throw .badValue(operand: "sizes", reason: "do not add up to the input")
      }
      return try node.parts(of: x, axis, sizes)
    },
    plan: { context throws(PlanError) in
      try context.splitting(0, axis: try context.node.splitAxis(x: 0, axis: 2))
    })

  /// The number of inputs or outputs of operators that take any number.
  static let many = 1...65_535
}

extension Node {
  /// - Parameters: operand numbers.
  fileprivate func splitAxis(x: Int, axis operand: Int) throws(PlanError) -> Int {
    try axis(try constantInt(operand, "axis"), rank: try input(x, "x").shape.rank, "axis")
  }

  fileprivate func parts(of x: TensorType, _ axis: Int, _ extents: [Int]) throws(PlanError) -> [OutputType] {
    var types: [OutputType] = []
    for extent in extents {
      var dimensions = x.shape.dimensions
      dimensions[axis] = extent
      types.append(try OutputType(x.dataType, checking: dimensions))
    }
    return types
  }
}

extension PlanContext {
  fileprivate func splitting(_ input: Int, axis: Int) throws(PlanError) -> Step {
    let x = try node.input(input, "x")
    var source = StridedCopy.Side(strides: x.shape.strides)
    var moves: [Move] = []
    for (index, y) in node.outputs.enumerated() {
      let copy = StridedCopy(
        extents: y.shape.dimensions, from: source, to: .init(strides: y.shape.strides),
        elementByteCount: x.dataType.byteCount)
      moves.append(Move(.operand(inputs[input]), to: outputs[index], copy))
      source.offset += y.shape[axis] * source.strides[axis]
    }
    return moveStep(moves)
  }
}
