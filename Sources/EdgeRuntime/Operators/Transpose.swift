import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Permuted axes: axis i of the output is axis `perm[i]` of the input.
  ///
  /// Inputs: x of any type; perm, constant, each axis of x once.
  static let transpose = OperatorDefinition(
    "transpose", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let permutation = try node.permutation(rank: x.shape.rank)
      return [try OutputType(x.dataType, checking: permutation.map { x.shape[$0] })]
    },
    plan: { context throws(PlanError) in
      let strides = try context.node.input(0, "x").shape.strides
      let permutation = try context.node.permutation(rank: strides.count)
      return context.rearrangement(of: 0, .init(strides: permutation.map { strides[$0] }))
    })
}

extension Node {
  fileprivate func permutation(rank: Int) throws(PlanError) -> [Int] {
    var axes: [Int] = []
    for value in try constantInts(1, rank: rank, "perm") {
      let axis = try axis(value, rank: rank, "perm")
      guard !axes.contains(axis) else { throw .badValue(operand: "perm", reason: "names an axis twice") }
      axes.append(axis)
    }
    return axes
  }
}
