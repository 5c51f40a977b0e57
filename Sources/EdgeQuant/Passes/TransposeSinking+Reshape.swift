import EdgeModel
import EdgeTensor

extension TransposeSinking {
  /// A reshape of a view is a reshape of its base if it splits and joins only axes that are neighbours there too. A channel shuffle
  /// (split, transpose, join) so becomes one transpose of the base.
  mutating func pushReshape(_ node: Graph.Node) -> Bool {
    let output = node.outputs[0]
    guard let input = node.inputs[0], let view = views[input], let from = shape(input), let to = shape(output),
      from.elementCount > 0, from.elementCount == to.elementCount,
      graph.tensors[input].quantization?.isPerChannel != true
    else { return false }
    if view.flattened != nil {
      guard to.dimensions.filter({ $0 != 1 }) == from.dimensions.filter({ $0 != 1 }) else { return false }
      views[output] = View(base: view.base, order: view.order, flattened: to)
      return true
    }
    let blocks = AxisBlock.blocks(from, to, view.order)
    let sorted = blocks.sorted { $0.first < $1.first }
    let order = sorted.flatMap { $0.baseAxes }
    if order != order.sorted() {
      // The columns of a dense layer may take this up.
      let isFlat = to.rank == 2 && (view.order[0] == 0 || from[0] == 1)
      if isFlat {
        views[output] = View(base: view.base, order: view.order, flattened: to)
        return true
      }
    }
    // Where extents of 1 stand does not matter: with the blocks in the new shape's own order they stay where they are.
    let newAxes =
      sorted.map { $0.newAxes.lowerBound } == blocks.map { $0.newAxes.lowerBound }
      ? Array(0..<to.rank) : AxisBlock.covering(sorted, rank: to.rank)
    let rest = (0..<from.rank).filter { !order.contains($0) }
    let base = order == order.sorted() ? view.base : reorder(view.base, AxisOrder(order + rest))
    let reshaped = addBase(output, AxisOrder(newAxes).inverse, baseShape: Shape(newAxes.map { to[$0] }))
    write(node: node, base, to: reshaped)
    return true
  }

  private mutating func write(node: Graph.Node, _ base: Int, to output: Int) {
    guard let shape = shape(output) else { return }
    var reshape = node
    reshape.operatorName = "reshape"
    reshape.attributes = Attributes([Attribute("new_shape", ints: shape.dimensions.map { Int64($0) })])
    write(reshape, inputs: [base], outputs: [output])
  }

  /// A dense layer reads the base if its rows are the base's: its columns change places instead.
  mutating func pushDense(_ node: Graph.Node) -> Bool {
    guard let view = view(node, 0), !node.attributes.bool("keep_num_dims"), node.inputs.count > 1,
      let weights = node.inputs[1], let matrix = shape(weights), matrix.rank == 2, let base = shape(view.base),
      base.elementCount > 0
    else { return false }
    let isOneRow = matrix[1] == base.elementCount
    guard isOneRow || (base.rank > 0 && view.order[0] == 0 && matrix[1] == base.elementCount / base[0]) else {
      return false
    }
    // Columns as `[O, axes of the view]`, and from there in the order of the base.
    let extents = view.order.applied(to: base.dimensions).enumerated().map {
      isOneRow || $0.offset > 0 ? $0.element : 1
    }
    let order = AxisOrder([0] + view.order.inverse.axes.map { $0 + 1 })
    guard let permuted = permuted(weights, Shape([matrix[0]] + extents), order, matrix) else { return false }
    write(
      node, inputs: [view.base, permuted] + node.inputs.dropFirst(2).map { $0.map { read($0) } }, outputs: node.outputs)
    return true
  }

  /// Constant weights, or such behind a `dequantize`, whose columns take another order.
  private mutating func permuted(_ weights: Int, _ split: Shape, _ order: AxisOrder, _ shape: Shape) -> Int? {
    if isConstant(weights) {
      return graph.tensors[weights].reshaped(split)?.transposed(order.axes)?.reshaped(shape).map { graph.add($0) }
    }
    guard let index = nodes.lastIndex(where: { $0.outputs == [weights] }), nodes[index].operatorName == "dequantize",
      let codes = nodes[index].inputs[0], let permuted = permuted(codes, split, order, shape)
    else { return nil }
    let output = addTensor(like: weights, shape, suffix: "/permuted")
    write(nodes[index], inputs: [permuted], outputs: [output])
    return output
  }
}

/// Axes that a reshape splits and joins among themselves: as many elements before as after, and no fewer axes would do.
private struct AxisBlock {
  /// Axes of the base with more than one element, in the order of the view.
  var baseAxes: [Int] = []
  /// Axes of the new shape, those of extent 1 that follow included.
  var newAxes: Range<Int>

  var first: Int { baseAxes.min() ?? 0 }

  static func blocks(_ from: Shape, _ to: Shape, _ order: AxisOrder) -> [AxisBlock] {
    let old = from.dimensions.indices.filter { from[$0] != 1 }
    var (blocks, i, j) = ([AxisBlock](), 0, 0)
    while i < old.count {
      var block = AxisBlock(newAxes: j..<j)
      var (before, after) = (from[old[i]], 1)
      block.baseAxes.append(order[old[i]])
      i += 1
      while before != after {
        if after < before {
          after *= to[j]
          j += 1
        } else {
          before *= from[old[i]]
          block.baseAxes.append(order[old[i]])
          i += 1
        }
      }
      while j < to.rank, to[j] == 1 { j += 1 }
      block.newAxes = block.newAxes.lowerBound..<j
      blocks.append(block)
    }
    return blocks
  }

  /// All axes of the new shape in the order of the blocks; what stands before the first block comes first.
  static func covering(_ blocks: [AxisBlock], rank: Int) -> [Int] {
    let covered = blocks.flatMap { Array($0.newAxes) }
    return (0..<rank).filter { !covered.contains($0) } + covered
  }
}
