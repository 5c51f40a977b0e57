import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// A block of a tensor: elements `begin[i]..<begin[i] + size[i]` along axis i.
  ///
  /// Inputs: x of any type; begin and size, constant, one number for each axis. A size of −1 reaches to the end.
  static let slice = OperatorDefinition(
    "slice", inputs: 3...3,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let begin = try node.constantInts(1, rank: x.shape.rank, "begin")
      let size = try node.constantInts(2, rank: x.shape.rank, "size")
      var extents: [Int] = []
      for (axis, extent) in x.shape.dimensions.enumerated() {
        guard (0...extent).contains(begin[axis]) else { throw .badValue(operand: "begin", reason: "outside the input") }
        let rest = extent - begin[axis]
        guard (-1...rest).contains(size[axis]) else { throw .badValue(operand: "size", reason: "beyond the input") }
        extents.append(size[axis] == -1 ? rest : size[axis])
      }
      return [try OutputType(x.dataType, checking: extents)]
    },
    plan: { context throws(PlanError) in
      let x = try context.node.input(0, "x").shape
      var source = StridedCopy.Side(strides: x.strides)
      for (axis, begin) in try context.node.constantInts(1, rank: x.rank, "begin").enumerated() {
        source.offset += begin * source.strides[axis]
      }
      return context.rearrangement(of: 0, source)
    })
}
