import EdgeKernels
import EdgeModel
import EdgeTensor

extension Node {
  /// For each axis of x whether the constant input 1 names it. Axes may be negative and may be named twice; a scalar has none to name.
  private func reducedAxes() throws(PlanError) -> [Bool] {
    let shape = try input(0, "x").shape
    var isReduced = [Bool](repeating: false, count: shape.rank)
    let axes = try constantInts(1, "axes")
    guard shape.rank > 0 else { return isReduced }
    for value in axes { isReduced[try axis(value, rank: shape.rank, "axes")] = true }
    return isReduced
  }

  /// The shape rule of reductions.
  func reducedOutput() throws(PlanError) -> [OutputType] {
    let x = try input(0, "x")
    let isReduced = try reducedAxes()
    let keepsAxes = attributes.bool("keep_dims")
    var extents: [Int] = []
    for (axis, extent) in x.shape.dimensions.enumerated() {
      if !isReduced[axis] { extents.append(extent) } else if keepsAxes { extents.append(1) }
    }
    return [try OutputType(x.dataType, checking: extents)]
  }

  func reduction() throws(PlanError) -> Reduction {
    Reduction(try input(0, "x").shape, isReduced: try reducedAxes())
  }
}

extension PlanContext {
  /// Sums of numbers that are not codes, or with their count as the divisor, means.
  func sums(_ reduction: Reduction, dividedBy divisor: Int) throws(PlanError) -> Step {
    switch try node.input(0, "x").dataType {
    case .float32:
      return reduce(reduction) { (x: UnsafePointer<Float>, y, outputs) in
        reduction.sums(x, y, outputs: outputs, dividedBy: divisor)
      }
    case .int32: return integerSums(reduction, Int32.self, dividedBy: divisor)
    case .int64: return integerSums(reduction, Int64.self, dividedBy: divisor)
    case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32, int32, int64")
    }
  }

  private func integerSums<T: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ reduction: Reduction, _ type: T.Type, dividedBy divisor: Int
  ) -> Step {
    reduce(reduction) { (x: UnsafePointer<T>, y, outputs) in
      reduction.sums(x, y, outputs: outputs, dividedBy: divisor)
    }
  }

  /// A step whose unit is one result.
  func reduce<T: BitwiseCopyable>(
    _ reduction: Reduction, _ body: @escaping @Sendable (UnsafePointer<T>, UnsafeMutablePointer<T>, Range<Int>) -> Void
  ) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    return Step(unitCount: reduction.outputCount) { frame, outputs in
      body(frame.read(x, as: T.self), frame.write(y, as: T.self), outputs)
    }
  }
}
