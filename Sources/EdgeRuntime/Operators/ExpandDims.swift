import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// The same elements with one more axis, of extent 1.
  ///
  /// Inputs: x of any type; axis, one constant integer in `−rank − 1...rank`, the new axis in the output.
  static let expandDims = OperatorDefinition(
    "expand_dims", inputs: 2...2, sharing: .view,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let axis = try node.axis(try node.constantInt(1, "axis"), rank: x.shape.rank + 1, "axis")
      var extents = x.shape.dimensions
      extents.insert(1, at: axis)
      return [try OutputType(x.dataType, checking: extents)]
    },
    plan: { context throws(PlanError) in try context.viewStep() })
}
