import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// The same elements under another shape.
  ///
  /// Inputs: x of any type, optional shape int32 constant, in which one extent may be −1. Without it, attribute `new_shape`.
  static let reshape = OperatorDefinition(
    "reshape", inputs: 1...2, sharing: .view,
    outputTypes: { node throws(PlanError) in
      let x = try node.input(0, "x")
      var extents: [Int]
      if node.hasInput(1) {
        extents = try node.constantInts(1, "shape")
      } else if let stored = node.attributes.ints("new_shape") {
        extents = stored
      } else {
        throw .missingOperand("shape")
      }
      if let unknown = extents.firstIndex(of: -1) {
        extents[unknown] = 1
        guard let rest = Shape(checking: extents), rest.elementCount > 0, x.shape.elementCount % rest.elementCount == 0
        else { throw .badValue(operand: "shape", reason: "does not divide the number of elements") }
        extents[unknown] = x.shape.elementCount / rest.elementCount
      }
      let output = try OutputType(x.dataType, checking: extents)
      guard output.shape.elementCount == x.shape.elementCount else {
        throw .shapeMismatch(operand: "output", expected: x.shape, got: output.shape)
      }
      return [output]
    },
    plan: { context throws(PlanError) in try context.viewStep() })
}

extension PlanContext {
  /// Nothing to do where the planner gave both the same bytes. Else, as for a constant, these are copied.
  func viewStep() throws(PlanError) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    let byteCount = try node.input(0, "x").byteCount
    if x.constant == nil, x.offset == y.offset { return Step(unitCount: 0) { _, _ in } }
    return .whole { frame in
      frame.write(y, as: UInt8.self).update(from: frame.read(x, as: UInt8.self), count: byteCount)
    }
  }
}
