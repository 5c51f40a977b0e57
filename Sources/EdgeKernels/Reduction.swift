import EdgeTensor

/// Walks a tensor for a reduction along some of its axes. Neighbouring axes that are treated alike are merged.
public struct Reduction: Sendable {
  private struct Axis {
    var extent: Int
    var stride: Int
  }

  /// Elements that go into each result.
  public let count: Int
  public let outputCount: Int
  /// Where one axis is reduced and results lie side by side, as in the mean of an image's pixels: how far apart their elements are, and
  /// how many results lie together.
  let columns: (stride: Int, width: Int)?
  /// Innermost first.
  private let kept: [Axis]
  /// The innermost reduced axis, and the others.
  private let inner: Axis
  private let reduced: [Axis]

  /// - Parameter isReduced: one for each axis.
  public init(_ shape: Shape, isReduced: [Bool]) {
    var kept: [Axis] = []
    var reduced: [Axis] = []
    let strides = shape.strides
    for axis in (0..<shape.rank).reversed() {
      let next = Axis(extent: shape[axis], stride: strides[axis])
      if isReduced[axis] { Reduction.append(next, to: &reduced) } else { Reduction.append(next, to: &kept) }
    }
    count = reduced.reduce(1) { $0 * $1.extent }
    outputCount = kept.reduce(1) { $0 * $1.extent }
    inner = reduced.first ?? Axis(extent: 1, stride: 0)
    (self.kept, self.reduced) = (kept, Array(reduced.dropFirst()))
    columns = count > 0 && reduced.count == 1 && kept.first?.stride == 1 ? (inner.stride, kept[0].extent) : nil
  }

  private static func append(_ axis: Axis, to axes: inout [Axis]) {
    if let last = axes.last, last.stride * last.extent == axis.stride {
      axes[axes.count - 1].extent *= axis.extent
    } else {
      axes.append(axis)
    }
  }

  /// Where the elements of a result begin.
  func start(output: Int) -> Int { Reduction.offset(output, kept) }

  /// Folds the input elements of one result, in row-major order.
  @inline(__always)
  func fold<Element, Result>(
    _ input: UnsafePointer<Element>, output: Int, from initial: Result, _ combine: (Result, Element) -> Result
  ) -> Result {
    let start = start(output: output)
    var result = initial
    guard count > 0 else { return result }
    for outer in 0..<(count / inner.extent) {
      var element = start + Reduction.offset(outer, reduced)
      for _ in 0..<inner.extent {
        result = combine(result, input[element])
        element += inner.stride
      }
    }
    return result
  }

  /// Where the `index`-th combination of positions along some axes lies.
  @inline(__always)
  private static func offset(_ index: Int, _ axes: [Axis]) -> Int {
    var (remaining, offset) = (index, 0)
    for i in 0..<axes.count {  // an array's iterator allocates in unoptimized generic code
      offset += remaining % axes[i].extent * axes[i].stride
      remaining /= axes[i].extent
    }
    return offset
  }
}
