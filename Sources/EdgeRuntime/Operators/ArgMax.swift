import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Index of the largest element along an axis, which disappears. The first of equals wins; scales are ignored.
  ///
  /// Inputs: x, int8, float32 or int32; axis, one constant integer. Output: int32 or int64, as the file declares.
  static let argMax = OperatorDefinition(
    "arg_max", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.argExtremeOutput() },
    plan: { context throws(PlanError) in try context.argExtreme(findsLargest: true) })

  /// Index of the smallest element along an axis; otherwise as `arg_max`.
  static let argMin = OperatorDefinition(
    "arg_min", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.argExtremeOutput() },
    plan: { context throws(PlanError) in try context.argExtreme(findsLargest: false) })
}

extension Node {
  fileprivate func argExtremeAxis() throws(PlanError) -> Int {
    try axis(try constantInt(1, "axis"), rank: try input(0, "x").shape.rank, "axis")
  }

  fileprivate func argExtremeOutput() throws(PlanError) -> [OutputType] {
    let type = outputs[0].dataType
    guard type == .int32 || type == .int64 else {
      throw .unsupportedType(operand: "output", got: type, supported: "int32, int64")
    }
    var extents = try input(0, "x").shape.dimensions
    guard extents.remove(at: try argExtremeAxis()) > 0 else {
      throw .badValue(operand: "x", reason: "has no elements along the axis")
    }
    return [try OutputType(type, checking: extents)]
  }
}

extension PlanContext {
  fileprivate func argExtreme(findsLargest: Bool) throws(PlanError) -> Step {
    let x = try node.input(0, "x")
    let axis = try node.argExtremeAxis()
    let kernel = ArgExtreme(count: x.shape[axis], inner: x.shape.strides[axis], findsLargest: findsLargest)
    switch x.dataType {
    case .int8: return argExtreme(kernel, Int8.self)
    case .float32: return argExtreme(kernel, Float.self)
    case .int32: return argExtreme(kernel, Int32.self)
    case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32, int32")
    }
  }

  private func argExtreme<T: Comparable & BitwiseCopyable & SendableMetatype>(_ kernel: ArgExtreme, _ type: T.Type)
    -> Step
  {
    let (x, y) = (inputs[0], outputs[0])
    let isWide = node.outputs[0].dataType == .int64
    return Step(unitCount: node.outputs[0].shape.elementCount) { frame, elements in
      if isWide {
        kernel.run(elements, frame.read(x, as: T.self), frame.write(y, as: Int64.self))
      } else {
        kernel.run(elements, frame.read(x, as: T.self), frame.write(y, as: Int32.self))
      }
    }
  }
}
