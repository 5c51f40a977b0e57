import EdgeTensor

/// How many elements are added along one axis.
struct AxisPadding {
  let before: Int
  let after: Int
}

extension Node {
  /// Input 1 of the padding operators: a constant `[rank, 2]` of numbers that are not negative.
  func paddings() throws(PlanError) -> [AxisPadding] {
    let (x, type) = (try input(0, "x"), try input(1, "paddings"))
    let expected = Shape([x.shape.rank, 2])
    guard type.shape == expected else { throw .shapeMismatch(operand: "paddings", expected: expected, got: type.shape) }
    let values = try constantInts(1, "paddings")
    guard values.allSatisfy({ (0...Shape.maximumElementCount).contains($0) }) else {
      throw .badValue(operand: "paddings", reason: "negative or impossibly large")
    }
    return (0..<x.shape.rank).map { AxisPadding(before: values[2 * $0], after: values[2 * $0 + 1]) }
  }

  /// The shape rule of the padding operators.
  func paddedOutput() throws(PlanError) -> [OutputType] {
    let x = try input(0, "x")
    let paddings = try paddings()
    return [
      try OutputType(
        x.dataType, checking: paddings.indices.map { paddings[$0].before + x.shape[$0] + paddings[$0].after })
    ]
  }
}
