import EdgeModel
import EdgeTensor

extension Pass {
  /// Moves transposes towards the outputs, through everything that can be computed in another order of axes, until they meet
  /// their inverse, a dense layer whose columns can be permuted, or something that needs the order.
  ///
  /// Importers of NCHW formats put a transpose on either side of every operator that is NHWC here; this pass is what removes
  /// them. The graph stays as it was where that would not move fewer elements.
  static let cancelTransposes = Pass("cancel-transposes") { graph, _ in
    let before = graph.transposeCost
    guard before.nodeCount > 0 else { return }
    var sinking = TransposeSinking(graph)
    let result = sinking.run()
    let after = result.transposeCost
    if (after.elementCount, after.nodeCount) < (before.elementCount, before.nodeCount) { graph = result }
  }
}

extension Graph {
  /// Elements that transposes move, and how many transposes there are, those that move nothing included.
  fileprivate var transposeCost: (elementCount: Int, nodeCount: Int) {
    var cost = (elementCount: 0, nodeCount: 0)
    for node in nodes where node.operatorName == "transpose" {
      cost.nodeCount += 1
      guard let shape = input(0, of: node)?.shape,
        let order = constantInts(node.inputs.count > 1 ? node.inputs[1] : nil),
        order.count == shape.rank, order.allSatisfy({ (0..<shape.rank).contains($0) })
      else { continue }
      if !AxisOrder(order).keepsElements(of: shape) { cost.elementCount += shape.elementCount }
    }
    return cost
  }
}

/// A permutation of axes: axis i of what it makes is axis `axes[i]` of what it is applied to.
struct AxisOrder: Equatable {
  let axes: [Int]

  /// - Precondition: `axes` holds each of `0..<axes.count` once.
  init(_ axes: [Int]) { self.axes = axes }

  var isIdentity: Bool { axes == Array(axes.indices) }
  subscript(axis: Int) -> Int { axes[axis] }

  var inverse: AxisOrder {
    var inverse = axes
    for (i, axis) in axes.enumerated() { inverse[axis] = i }
    return AxisOrder(inverse)
  }

  /// This order, and then `next` applied to what it makes.
  func followed(by next: AxisOrder) -> AxisOrder { AxisOrder(next.axes.map { axes[$0] }) }

  func applied<T>(to values: [T]) -> [T] { axes.map { values[$0] } }

  /// Whether elements stay in place because only axes of extent 1 move.
  func keepsElements(of shape: Shape) -> Bool {
    let moved = axes.filter { shape[$0] != 1 }
    return moved == moved.sorted() || shape.elementCount == 0
  }
}
