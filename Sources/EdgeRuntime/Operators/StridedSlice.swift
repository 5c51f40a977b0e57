import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Slicing as in Python: `x[begin:end:stride, …]`.
  ///
  /// Inputs: x of any type; begin, end and strides, constant, one number for each entry of the subscript. Negative begins and ends
  /// count from the end of the axis; both are then limited to the axis. Bit i of an attribute is about entry i:
  /// `begin_mask`, `end_mask`: no limit on that side; `ellipsis_mask`: as many whole axes as remain; `new_axis_mask`: an axis of
  /// extent 1; `shrink_axis_mask`: the one element at begin, without its axis.
  static let stridedSlice = OperatorDefinition(
    "strided_slice", inputs: 4...4,
    outputTypes: { node throws(PlanError) in
      [try OutputType(try node.input(0, "x").dataType, checking: try node.subscripted().extents)]
    },
    plan: { context throws(PlanError) in context.rearrangement(of: 0, try context.node.subscripted().source) })
}

extension Node {
  /// The output's extents, and where its elements lie in x.
  fileprivate func subscripted() throws(PlanError) -> (extents: [Int], source: StridedCopy.Side) {
    let x = try input(0, "x").shape
    let (begin, end) = (try constantInts(1, "begin"), try constantInts(2, "end"))
    let steps = try constantInts(3, "strides")
    guard end.count == begin.count else { throw .badValue(operand: "end", reason: "differs from begin in length") }
    guard steps.count == begin.count else {
      throw .badValue(operand: "strides", reason: "differs from begin in length")
    }
    // A subscript has at most every axis, as many new ones and an ellipsis.
    guard begin.count <= 2 * Shape.maximumRank + 1 else { throw .badValue(operand: "begin", reason: "too long") }
    func mask(_ key: StaticString) -> Int { attributes.int(key) ?? 0 }
    let ellipsis = mask("ellipsis_mask") & (1 << begin.count - 1)
    let newAxis = mask("new_axis_mask") & ~ellipsis & (1 << begin.count - 1)
    guard ellipsis.nonzeroBitCount <= 1 else { throw .badAttribute("ellipsis_mask", reason: "more than one ellipsis") }
    let wholeCount = x.rank - (begin.count - ellipsis.nonzeroBitCount - newAxis.nonzeroBitCount)
    guard wholeCount >= 0 else { throw .badValue(operand: "begin", reason: "more entries than the input has axes") }

    var extents: [Int] = []
    var source = StridedCopy.Side(strides: [])
    let strides = x.strides
    var axis = 0
    func addWholeAxes(_ count: Int) {
      extents += x.dimensions[axis..<axis + count]
      source.strides += strides[axis..<axis + count]
      axis += count
    }
    for (entry, bit) in begin.indices.map({ ($0, 1 << $0) }) {
      if ellipsis & bit != 0 {
        addWholeAxes(wholeCount)
      } else if newAxis & bit != 0 {
        extents.append(1)
        source.strides.append(0)
      } else {
        let selection = try AxisSelection(
          extent: x[axis], begin: mask("begin_mask") & bit != 0 ? nil : begin[entry],
          end: mask("end_mask") & bit != 0 ? nil : end[entry], step: steps[entry],
          isElement: mask("shrink_axis_mask") & bit != 0)
        source.offset += selection.first * strides[axis]
        if mask("shrink_axis_mask") & bit == 0 {
          extents.append(selection.count)
          source.strides.append(selection.step * strides[axis])
        }
        axis += 1
      }
    }
    addWholeAxes(x.rank - axis)
    return (extents, source)
  }
}

/// The elements `first, first + step, …` of an axis.
private struct AxisSelection {
  let first: Int
  let count: Int
  let step: Int

  /// - Parameters:
  ///   - begin, end: nil for "without limit" in the direction of `step`.
  ///   - isElement: whether only the element at `begin` is meant.
  init(extent: Int, begin: Int?, end: Int?, step: Int, isElement: Bool) throws(PlanError) {
    guard step != 0 else { throw .badValue(operand: "strides", reason: "0") }
    let limits = step > 0 ? 0...extent : -1...(extent - 1)
    func position(_ value: Int?, otherwise: Int) -> Int {
      guard let value else { return otherwise }
      return min(max(value < 0 ? value + extent : value, limits.lowerBound), limits.upperBound)
    }
    // Larger steps select the same elements, and products with them could overflow.
    self.step = min(max(step, -max(extent, 1)), max(extent, 1))
    if isElement {
      let index = begin.map { $0 < 0 ? $0 + extent : $0 } ?? (step > 0 ? 0 : extent - 1)
      guard (0..<extent).contains(index) else { throw .badValue(operand: "begin", reason: "outside the input") }
      guard step > 0 else { throw .badValue(operand: "strides", reason: "negative where one element is taken") }
      (first, count) = (index, 1)
      return
    }
    let start = position(begin, otherwise: step > 0 ? 0 : extent - 1)
    let stop = position(end, otherwise: step > 0 ? extent : -1)
    let distance = step > 0 ? stop - start : start - stop
    count = distance > 0 ? (distance - 1) / abs(self.step) + 1 : 0
    // Where nothing is selected the start may lie beside the axis.
    first = count > 0 ? start : 0
  }
}
