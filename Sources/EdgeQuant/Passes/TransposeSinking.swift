import EdgeModel
import EdgeTensor

/// Rewrites a graph node by node; transposes are not written but remembered, and written where a node needs their result.
struct TransposeSinking {
  /// A tensor of the old graph that is not computed: `base` has its elements in another order.
  struct View {
    var base: Int
    /// Axis i of the view is axis `order[i]` of the base.
    var order: AxisOrder
    /// The shape that the elements, so ordered, are given afterwards: `[N, H·W·C]`, where `order` leaves rows in place.
    var flattened: Shape?
    var isWritten = false
  }

  var graph: Graph
  var nodes: [Graph.Node] = []
  var views: [Int: View] = [:]
  /// Tensors in another order that several nodes want, by tensor and order.
  private var transposed: [Key: Int] = [:]

  private struct Key: Hashable {
    let tensor: Int
    let axes: [Int]
  }

  init(_ graph: Graph) { self.graph = graph }

  mutating func run() -> Graph {
    for var node in graph.nodes {
      // A view in its base's order is the base.
      for case (let operand, let input?) in zip(node.inputs.indices, node.inputs) {
        if let view = views[input], view.order.isIdentity, view.flattened == nil { node.inputs[operand] = view.base }
      }
      let seesView = node.inputs.contains { $0.map { views[$0] != nil } ?? false }
      guard seesView || node.operatorName == "transpose", push(node) else {
        keep(node)
        continue
      }
    }
    for output in graph.outputs { writeOutput(output) }
    graph.nodes = nodes
    return graph
  }

  /// Leaves a node as it is.
  private mutating func keep(_ node: Graph.Node) {
    var node = node
    node.inputs = node.inputs.map { $0.map { read($0) } }
    nodes.append(node)
  }

  func shape(_ tensor: Int) -> Shape? { graph.tensors[tensor].shape }
  func isConstant(_ tensor: Int) -> Bool { graph.tensors[tensor].isConstant }

  /// The tensor to read for a tensor of the old graph.
  mutating func read(_ tensor: Int) -> Int {
    guard let view = views[tensor], !view.isWritten else { return tensor }
    if view.order.isIdentity, view.flattened == nil { return view.base }
    views[tensor]?.isWritten = true
    guard let flattened = view.flattened else {
      write(view.base, view.order, to: tensor)
      return tensor
    }
    write(reorder(view.base, view.order), reshapedTo: flattened, tensor)
    return tensor
  }

  /// Model outputs keep their tensor.
  private mutating func writeOutput(_ output: Int) {
    guard let view = views[output], read(output) != output else { return }
    let isFree =
      !graph.inputs.contains(view.base) && !graph.outputs.contains(view.base) && !isConstant(view.base)
      && nodes.contains { $0.outputs.contains(view.base) }
    guard isFree, let shape = shape(output) else {
      if let shape = shape(output) { write(view.base, reshapedTo: shape, output) }
      return
    }
    graph.tensors[output].shape = shape
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { $0 == view.base ? output : $0 }
      nodes[index].outputs = nodes[index].outputs.map { $0 == view.base ? output : $0 }
    }
    for (tensor, other) in views where other.base == view.base { views[tensor]?.base = output }
    views[output] = nil
  }

  /// A tensor with the elements of `tensor` in another order.
  mutating func reorder(_ tensor: Int, _ order: AxisOrder) -> Int {
    guard !order.isIdentity, let shape = shape(tensor) else { return tensor }
    let key = Key(tensor: tensor, axes: order.axes)
    if let known = transposed[key] { return known }
    let result: Int
    if let constant = graph.tensors[tensor].transposed(order.axes) {
      result = graph.add(constant)
    } else {
      result = addTensor(like: tensor, Shape(order.applied(to: shape.dimensions)), suffix: "/transposed")
      write(tensor, order, to: result)
    }
    transposed[key] = result
    return result
  }

  mutating func addTensor(like tensor: Int, _ shape: Shape, suffix: String) -> Int {
    let original = graph.tensors[tensor]
    return graph.add(
      Graph.Tensor(
        name: original.name + suffix, dataType: original.dataType, shape: shape, quantization: original.quantization))
  }

  private mutating func write(_ tensor: Int, _ order: AxisOrder, to output: Int) {
    guard let shape = shape(tensor) else { return }
    let target = Shape(order.applied(to: shape.dimensions))
    guard !order.keepsElements(of: shape) else { return write(tensor, reshapedTo: target, output) }
    let axes = graph.addConstant(
      graph.tensors[output].name + "/perm", .int32, [order.axes.count], order.axes.map { Int32($0) })
    add("transpose", [tensor, axes], output)
  }

  mutating func write(_ tensor: Int, reshapedTo shape: Shape, _ output: Int) {
    let newShape = Attribute("new_shape", ints: shape.dimensions.map { Int64($0) })
    add("reshape", [tensor], output, Attributes([newShape]))
  }

  private mutating func add(_ name: String, _ inputs: [Int], _ output: Int, _ attributes: Attributes = Attributes()) {
    let types = inputs.map { graph.tensors[$0].typeDescription }
    nodes.append(
      Graph.Node(
        name, name: graph.tensors[output].name, inputs: inputs, outputs: [output], attributes: attributes,
        source: Graph.Source(
          index: nodes.last?.source.index ?? 0, operatorName: name, inputs: types,
          outputs: [graph.tensors[output].typeDescription])))
  }

  /// A tensor in the new graph that stands for `output` of the old one: its elements in the base's order.
  mutating func addBase(_ output: Int, _ order: AxisOrder, flattened: Shape? = nil, baseShape: Shape? = nil) -> Int {
    var tensor = graph.tensors[output]
    tensor.shape = baseShape ?? tensor.shape.map { Shape(order.inverse.applied(to: $0.dimensions)) }
    if tensor.quantization?.isPerChannel == true, let axis = tensor.quantization?.axis {
      tensor.quantization?.axis = order[axis]
    }
    // Whichever of the two is dead in the end, names stay apart.
    graph.tensors[output].name = tensor.name + (graph.outputs.contains(output) ? "" : "/transposed")
    if graph.outputs.contains(output) { tensor.name += "/untransposed" }
    let base = graph.add(tensor)
    views[output] = View(base: base, order: order, flattened: flattened)
    return base
  }
}
