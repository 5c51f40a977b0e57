import EdgeModel
import EdgeTensor

extension TransposeSinking {
  /// Operators of one input that compute every element from the element at its place.
  static let unary: Set<String> = [
    "relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "leaky_relu", "elu", "gelu", "hard_swish", "swish", "logistic",
    "tanh", "floor", "exp", "log", "sqrt", "rsqrt", "cast", "quantize", "dequantize",
  ]
  /// The same of two, which broadcast.
  static let binary: Set<String> = [
    "add", "sub", "mul", "div", "floor_div", "maximum", "minimum", "squared_difference", "prelu",
  ]
  static let reductions: Set<String> = ["mean", "sum", "reduce_max", "reduce_min"]

  /// Writes a node so that it computes on bases, if its rule allows.
  /// - Returns: false if the node has to see its inputs as they are.
  mutating func push(_ node: Graph.Node) -> Bool {
    guard node.outputs.allSatisfy({ shape($0) != nil }) else { return false }
    switch node.operatorName {
    case "transpose": return pushTranspose(node)
    case "reshape", "squeeze", "expand_dims": return pushReshape(node)
    case "fully_connected": return pushDense(node)
    case "concatenation": return pushConcatenation(node)
    case "split": return pushAxis(node, x: 1, axis: 0)
    case "split_v": return pushAxis(node, x: 0, axis: 2)
    case "arg_max", "arg_min": return pushReduction(node, keepsAxes: false)
    case "pad", "padv2", "mirror_pad": return pushRows(node, operands: [1], columns: 2)
    case "slice": return pushRows(node, operands: [1, 2], columns: 1)
    case "strided_slice": return pushStridedSlice(node)
    case "softmax", "log_softmax", "l2_normalization":
      guard let view = view(node, 0), view.flattened == nil, view.order.axes.last == view.order.axes.count - 1 else {
        return false
      }
      return pushElementwise(node)
    case let name where TransposeSinking.reductions.contains(name):
      return pushReduction(node, keepsAxes: node.attributes.bool("keep_dims"))
    case let name where TransposeSinking.unary.contains(name): return pushElementwise(node)
    case let name where TransposeSinking.binary.contains(name): return pushBroadcast(node)
    default: return false
    }
  }

  /// What is remembered of an input.
  func view(_ node: Graph.Node, _ operand: Int) -> View? {
    guard operand < node.inputs.count, let tensor = node.inputs[operand] else { return nil }
    return views[tensor]
  }

  /// Writes a node with other operands.
  mutating func write(_ node: Graph.Node, inputs: [Int?], outputs: [Int]) {
    var node = node
    (node.inputs, node.outputs) = (inputs, outputs)
    nodes.append(node)
  }

  private mutating func pushTranspose(_ node: Graph.Node) -> Bool {
    guard node.inputs.count == 2, let input = node.inputs[0], let rank = shape(input)?.rank,
      let axes = graph.constantInts(node.inputs[1]), axes.count == rank
    else { return false }
    let next = AxisOrder(axes.map { $0 < 0 ? $0 + rank : $0 })
    if isConstant(input) {
      let constant = reorder(input, next)
      views[node.outputs[0]] = View(base: constant, order: AxisOrder(Array(0..<rank)))
    } else if let view = views[input], view.flattened == nil {
      views[node.outputs[0]] = View(base: view.base, order: view.order.followed(by: next))
    } else {
      let (base, output) = (read(input), node.outputs[0])
      views[output] = View(base: base, order: next)
      // Importers call what they put between "name/…": the tensor that stays takes over the name that the file gives.
      if graph.tensors[base].name.hasPrefix(graph.tensors[output].name + "/"), !graph.outputs.contains(output) {
        graph.tensors[base].name = graph.tensors[output].name
        graph.tensors[output].name += "/transposed"
      }
    }
    return true
  }

  /// One input and one output of the same shape.
  private mutating func pushElementwise(_ node: Graph.Node) -> Bool {
    guard let view = view(node, 0), node.inputs.count == 1, node.outputs.count == 1 else { return false }
    let isPerChannel = (graph.tensors[node.outputs[0]].quantization?.isPerChannel ?? false) || isPerChannel(node, 0)
    guard view.flattened == nil || !isPerChannel else { return false }
    let base = addBase(node.outputs[0], view.order, flattened: view.flattened, baseShape: shape(view.base))
    write(node, inputs: [view.base], outputs: [base])
    return true
  }

  private func isPerChannel(_ node: Graph.Node, _ operand: Int) -> Bool {
    node.inputs[operand].flatMap { graph.tensors[$0].quantization?.isPerChannel } ?? false
  }

  private mutating func pushBroadcast(_ node: Graph.Node) -> Bool {
    guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1], let result = shape(node.outputs[0])
    else { return false }
    let chosen = [a, b].filter { views[$0] != nil }.max { elementCount($0) < elementCount($1) }
    guard let chosen, let view = views[chosen], shape(chosen)?.rank == result.rank else { return false }
    if view.flattened != nil {
      guard shape(chosen) == result, let first = flatOperand(a, like: view), let second = flatOperand(b, like: view)
      else {
        return false
      }
      let base = addBase(node.outputs[0], view.order, flattened: view.flattened, baseShape: shape(view.base))
      write(node, inputs: [first, second], outputs: [base])
      return true
    }
    guard let first = operand(a, view.order), let second = operand(b, view.order) else { return false }
    write(node, inputs: [first, second], outputs: [addBase(node.outputs[0], view.order)])
    return true
  }

  private func elementCount(_ tensor: Int) -> Int { shape(tensor)?.elementCount ?? 0 }

  /// The base of a tensor that is flattened like `view`, or one element.
  private func flatOperand(_ tensor: Int, like view: View) -> Int? {
    if let other = views[tensor] {
      let isAlike =
        other.order == view.order && other.flattened == view.flattened && shape(other.base) == shape(view.base)
      return isAlike ? other.base : nil
    }
    return elementCount(tensor) == 1 && shape(tensor)?.rank ?? 0 <= 1 ? tensor : nil
  }

  /// A tensor as an operand of a node whose result is a view in this order; its axes are the last of those.
  private mutating func operand(_ tensor: Int, _ order: AxisOrder) -> Int? {
    guard let own = shape(tensor) else { return nil }
    let rank = order.axes.count
    if let view = views[tensor], view.flattened == nil, own.rank == rank {
      if view.order == order { return view.base }
      return reorder(view.base, view.order.followed(by: order.inverse))
    }
    var source = read(tensor)
    if own.elementCount == 1, own.rank <= 1 { return source }
    guard own.rank <= rank else { return nil }
    if own.rank < rank {
      let extended = Shape([Int](repeating: 1, count: rank - own.rank) + own.dimensions)
      // Its quantized axis would have to move with it.
      guard graph.tensors[source].quantization?.isPerChannel != true else { return nil }
      let reshaped = addTensor(like: source, extended, suffix: "/extended")
      if isConstant(source) {
        graph.tensors[reshaped].data = graph.tensors[source].data
      } else {
        write(source, reshapedTo: extended, reshaped)
      }
      source = reshaped
    }
    return reorder(source, order.inverse)
  }

  private mutating func pushConcatenation(_ node: Graph.Node) -> Bool {
    guard let result = shape(node.outputs[0]) else { return false }
    let inputs = node.inputs.compactMap { $0 }
    let chosen = inputs.filter { views[$0] != nil && views[$0]?.flattened == nil }
      .max { elementCount($0) < elementCount($1) }
    guard inputs.count == node.inputs.count, let chosen, let order = views[chosen]?.order else { return false }
    var operands: [Int?] = []
    for input in inputs {
      guard shape(input)?.rank == result.rank, let operand = operand(input, order) else { return false }
      operands.append(operand)
    }
    guard let axis = axis(node.attributes.int("axis") ?? 0, rank: result.rank) else { return false }
    var node = node
    node.attributes.set(Attribute("axis", ints: [Int64(order[axis])]))
    write(node, inputs: operands, outputs: [addBase(node.outputs[0], order)])
    return true
  }

  private func axis(_ value: Int?, rank: Int) -> Int? {
    guard let value else { return nil }
    let axis = value < 0 ? value + rank : value
    return (0..<rank).contains(axis) ? axis : nil
  }

  /// Operators along one axis, which is a constant operand and which all outputs keep.
  private mutating func pushAxis(_ node: Graph.Node, x: Int, axis operand: Int) -> Bool {
    guard let view = view(node, x), view.flattened == nil, operand < node.inputs.count,
      let index = node.inputs[operand],
      let axis = axis(graph.constantInts(index)?.first, rank: view.order.axes.count)
    else { return false }
    var inputs = node.inputs
    inputs[x] = view.base
    inputs[operand] = constant(index, [view.order[axis]])
    write(node, inputs: inputs, outputs: node.outputs.map { addBase($0, view.order) })
    return true
  }

  /// A constant int32 like another one, with other values.
  private mutating func constant(_ tensor: Int, _ values: [Int]) -> Int {
    let original = graph.tensors[tensor]
    return graph.addConstant(
      original.name, .int32, original.shape?.elementCount == values.count ? original.shape!.dimensions : [values.count],
      values.map { Int32(truncatingIfNeeded: $0) })
  }

  private mutating func pushReduction(_ node: Graph.Node, keepsAxes: Bool) -> Bool {
    guard let view = view(node, 0), view.flattened == nil, node.inputs.count == 2, let index = node.inputs[1],
      let values = graph.constantInts(index)
    else { return false }
    let rank = view.order.axes.count
    let axes = values.compactMap { axis($0, rank: rank) }
    guard axes.count == values.count else { return false }
    let inputs = [view.base, constant(index, axes.map { view.order[$0] })]
    guard !keepsAxes else {
      write(node, inputs: inputs, outputs: [addBase(node.outputs[0], view.order)])
      return true
    }
    let kept = (0..<rank).filter { !axes.contains($0) }.map { view.order[$0] }
    let order = AxisOrder(kept.map { axis in kept.filter { $0 < axis }.count })
    write(node, inputs: inputs, outputs: [addBase(node.outputs[0], order)])
    return true
  }

  /// Operators with constant operands that have a row of so many columns for each axis.
  private mutating func pushRows(_ node: Graph.Node, operands: [Int], columns: Int) -> Bool {
    guard let view = view(node, 0), view.flattened == nil else { return false }
    var inputs = node.inputs
    inputs[0] = view.base
    for operand in operands {
      guard operand < node.inputs.count, let index = node.inputs[operand], let values = graph.constantInts(index),
        values.count == view.order.axes.count * columns
      else { return false }
      let rows = view.order.inverse.axes.map { Array(values[$0 * columns..<($0 + 1) * columns]) }
      inputs[operand] = constant(index, rows.flatMap { $0 })
    }
    if inputs.count > 2, node.operatorName == "padv2" { inputs[2] = inputs[2].map { read($0) } }
    write(node, inputs: inputs, outputs: [addBase(node.outputs[0], view.order)])
    return true
  }

  private mutating func pushStridedSlice(_ node: Graph.Node) -> Bool {
    guard let view = view(node, 0),
      ["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].allSatisfy({ key in
        node.attributes.entries.first { $0.key == key }?.ints.first ?? 0 == 0
      })
    else { return false }
    var changed = node
    for key in ["begin_mask", "end_mask"] {
      let mask = node.attributes.entries.first { $0.key == key }?.ints.first ?? 0
      let bits = view.order.inverse.axes.enumerated().map { Int64(mask >> $0.element & 1) << $0.offset }
      changed.attributes.set(Attribute(key, ints: [bits.reduce(0, |)]))
    }
    return pushRows(changed, operands: [1, 2, 3], columns: 1)
  }
}
