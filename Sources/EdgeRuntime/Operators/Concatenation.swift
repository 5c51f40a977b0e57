import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Joins tensors along an axis.
  ///
  /// Inputs: any number of tensors, alike in type and, but for the axis, in shape; int8 ones have the output's quantization.
  /// Attributes: `axis`, absent means 0; `uint8_rule`: the tensors were uint8, and differing scales are allowed (`RescaleU8`).
  static let concatenation = OperatorDefinition(
    "concatenation", inputs: OperatorDefinition.many,
    sharing: .bytes { node throws(PlanError) in
      try node.rescales() ? [] : node.joinedInputs(axis: node.joinedAxis())
    },
    outputTypes: { node throws(PlanError) in
      let first = try node.input(0, "x")
      let axis = try node.axis(node.attributes.int("axis") ?? 0, rank: first.shape.rank, "axis")
      var extents = first.shape.dimensions
      extents[axis] = 0
      for index in node.inputs.indices {
        let x = try node.input(index, "x")
        guard x.dataType == first.dataType else {
          throw .unsupportedType(operand: "x", got: x.dataType, supported: first.dataType.name)
        }
        guard x.shape.rank == extents.count, extents.indices.allSatisfy({ $0 == axis || x.shape[$0] == extents[$0] })
        else { throw .shapeMismatch(operand: "x", expected: first.shape, got: x.shape) }
        extents[axis] += x.shape[axis]
      }
      return [try OutputType(first.dataType, checking: extents)]
    },
    plan: { context throws(PlanError) in
      guard try context.node.activation() == .none else {
        throw .badAttribute("activation", reason: "not supported by concatenation")
      }
      let y = context.node.outputs[0]
      guard try context.node.rescales() else { return context.moveStep(try context.joins()) }
      guard y.dataType == .int8, context.node.attributes.bool("uint8_rule") else {
        throw .badQuantization(operand: "x", reason: "must be the output's")
      }
      return try context.rescalingJoin()
    })
}

extension Node {
  fileprivate func joinedAxis() throws(PlanError) -> Int {
    try axis(attributes.int("axis") ?? 0, rank: outputs[0].shape.rank, "axis")
  }

  /// Whether codes change because an input has another scale than the output.
  fileprivate func rescales() throws(PlanError) -> Bool {
    let y = outputs[0]
    guard y.dataType == .int8 || y.dataType == .uint8 else { return false }
    for index in inputs.indices where try input(index, "x").quantization != y.quantization { return true }
    return false
  }
}

extension PlanContext {
  fileprivate func joins() throws(PlanError) -> [Move] {
    let (y, axis) = (node.outputs[0], try node.joinedAxis())
    var destination = StridedCopy.Side(strides: y.shape.strides)
    var moves: [Move] = []
    for (index, operand) in inputs.enumerated() {
      let x = try node.input(index, "x").shape
      let copy = StridedCopy(
        extents: x.dimensions, from: .init(strides: x.strides), to: destination,
        elementByteCount: y.dataType.byteCount)
      moves.append(Move(.operand(operand), to: outputs[0], copy))
      destination.offset += x[axis] * destination.strides[axis]
    }
    return moves
  }

  /// Units are the rows of `[axes before the joined one, the rest]`.
  fileprivate func rescalingJoin() throws(PlanError) -> Step {
    let (y, axis) = (node.outputs[0], try node.joinedAxis())
    let output = try node.quantization(y, "output")
    var parts: [(operand: Operand, count: Int, kernel: RescaleU8?)] = []
    for (index, operand) in inputs.enumerated() {
      let x = try node.input(index, "x")
      let input = try node.quantization(x, "x")
      let kernel = RescaleU8(input: (input.scale, input.zeroPoint), output: (output.scale, output.zeroPoint))
      parts.append((operand, x.shape[axis] * y.shape.strides[axis], input == output ? nil : kernel))
    }
    let (joined, target) = (parts, outputs[0])
    let rowCount = y.shape.elementCount == 0 ? 0 : y.shape.dimensions[..<axis].reduce(1, *)
    let rowLength = parts.reduce(0) { $0 + $1.count }
    return Step(unitCount: rowCount) { frame, rows in
      var output = frame.write(target, as: Int8.self) + rows.lowerBound * rowLength
      for row in rows {
        for index in joined.indices {  // by index: an array's iterator allocates in unoptimized builds
          let part = joined[index]
          let x = frame.read(part.operand, as: Int8.self) + row * part.count
          if let kernel = part.kernel {
            kernel.run(x, output, count: part.count)
          } else {
            output.update(from: x, count: part.count)
          }
          output += part.count
        }
      }
    }
  }
}
