import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// The same elements without some axes of extent 1.
  ///
  /// Input: x of any type. Attribute `squeeze_dims`: the axes, negative ones from the end; empty or absent for all of extent 1.
  static let squeeze = OperatorDefinition(
    "squeeze", inputs: 1...1, sharing: .view,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      let listed = node.attributes.ints("squeeze_dims") ?? []
      var isListed = [Bool](repeating: false, count: x.shape.rank)
      for value in listed {
        let axis = try node.axis(value, rank: x.shape.rank, "squeeze_dims")
        guard x.shape[axis] == 1 else {
          throw .badAttribute("squeeze_dims", reason: "an axis has another extent than 1")
        }
        isListed[axis] = true
      }
      var extents: [Int] = []
      for (axis, extent) in x.shape.dimensions.enumerated() {
        let isDropped = listed.isEmpty ? extent == 1 : isListed[axis]
        if !isDropped { extents.append(extent) }
      }
      return [try OutputType(x.dataType, checking: extents)]
    },
    plan: { context throws(PlanError) in try context.viewStep() })
}
