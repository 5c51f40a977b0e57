import EdgeKernels
import EdgeModel
import EdgeTensor

extension Pass {
  /// Gives convolutions and dense layers the operands that the runtime wants: weights in the order in which the kernels read
  /// them and, for int8, one table of per-channel constants instead of a bias.
  static let lowerWeights = Pass("lower-weights") { graph, report in
    var packed: [WeightLowering.PackedKey: Int] = [:]
    graph.filterNodes(&report) { graph, node throws(Refusal) in
      guard let form = WeightForm.byOperator[node.operatorName] else { return true }
      let lowering = try WeightLowering(node, form, graph)
      switch lowering.x.dataType {
      case .int8: try lowering.lowerInt8(&node, &graph, &packed)
      case .float32: try lowering.lowerFloat(&node, &graph, &packed)
      case let type:
        throw Refusal("x is \(type)\(type == .uint8 ? " without scale" : ""); supported: int8, uint8, float32")
      }
      return true
    }
  }
}

/// Where an operator keeps its weights and how it wants them.
struct WeightForm {
  let xOperand: Int
  let weightsOperand: Int
  let biasOperand: Int
  let rank: Int
  /// Dimension of the weights that counts output channels; the others, in order, are the depth K.
  let channelAxis: Int
  let layoutS8: Layout
  let layoutF32: Layout
  /// Whether the int8 rule is one float64 factor instead of a Q31 multiplier and a shift.
  var isFloat64Rule = false

  static let byOperator: [String: WeightForm] = [
    "conv_2d": WeightForm(
      xOperand: 0, weightsOperand: 1, biasOperand: 2, rank: 4, channelAxis: 0, layoutS8: .o16k4, layoutF32: .o16),
    "depthwise_conv_2d": WeightForm(
      xOperand: 0, weightsOperand: 1, biasOperand: 2, rank: 4, channelAxis: 3, layoutS8: .c16, layoutF32: .c16),
    "fully_connected": WeightForm(
      xOperand: 0, weightsOperand: 1, biasOperand: 2, rank: 2, channelAxis: 0, layoutS8: .o16k4, layoutF32: .o16,
      isFloat64Rule: true),
    "transpose_conv": WeightForm(
      xOperand: 2, weightsOperand: 1, biasOperand: 3, rank: 4, channelAxis: 0, layoutS8: .rowMajor,
      layoutF32: .rowMajor),
  ]
}

/// The operands of one node that has weights, checked for what lowering relies on.
struct WeightLowering {
  /// Nodes that share weights share their packed form.
  struct PackedKey: Hashable {
    let tensor: Int
    let layout: String
  }

  let form: WeightForm
  let node: Graph.Node
  let x: Graph.Tensor
  let weightsIndex: Int
  let weights: Graph.Tensor
  let bias: Graph.Tensor?
  let output: Graph.Tensor
  let channelCount: Int
  /// Weights of one output channel.
  let depth: Int
  /// Kernel rows that the depth is made of; 1 for dense layers.
  let kernelRowCount: Int

  init(_ node: Graph.Node, _ form: WeightForm, _ graph: Graph) throws(Refusal) {
    guard let x = graph.input(form.xOperand, of: node), let weights = graph.input(form.weightsOperand, of: node),
      let weightsIndex = node.inputs[form.weightsOperand], node.outputs.count == 1,
      node.inputs.count <= form.biasOperand + 1
    else {
      throw Refusal("has \(node.inputs.count) inputs and \(node.outputs.count) outputs; needs x, weights, bias and one")
    }
    if form.rank == 4, let shape = x.shape, shape.rank != 4 {
      throw Refusal("x has shape \(shape), rank \(shape.rank); needs rank 4 (NHWC)")
    }
    guard weights.isConstant, let shape = weights.shape else {
      throw Refusal("the weights are computed while running; only constants are supported")
    }
    guard shape.rank == form.rank, shape.elementCount > 0 else {
      throw Refusal("the weights have shape \(shape); needs rank \(form.rank) and no empty dimension")
    }
    guard x.dataType == weights.dataType else {
      throw Refusal(
        "x is \(x.dataType) and the weights are \(weights.dataType); supported: both int8, uint8 or float32")
    }
    self.form = form
    self.node = node
    self.x = x
    self.weightsIndex = weightsIndex
    self.weights = weights
    bias = graph.input(form.biasOperand, of: node)
    output = graph.tensors[node.outputs[0]]
    channelCount = shape[form.channelAxis]
    depth = shape.elementCount / channelCount
    kernelRowCount = form.rank == 4 ? shape[1] : 1
    if let bias {
      guard bias.isConstant else { throw Refusal("the bias is computed while running; only a constant is supported") }
      guard bias.shape?.elementCount == channelCount else {
        throw Refusal("the bias has \(bias.shape?.elementCount ?? 0) elements, the weights \(channelCount) channels")
      }
    }
  }

  /// The weights as `[channelCount, depth]`, row-major.
  func matrix<T: BitwiseCopyable>(as type: T.Type) -> [T] {
    let values = weights.values(as: type)
    guard form.channelAxis != 0 else { return values }
    var matrix = values
    for c in 0..<channelCount { for k in 0..<depth { matrix[c * depth + k] = values[k * channelCount + c] } }
    return matrix
  }

  /// The tensor of packed weights, which takes over shape and quantization.
  func addPacked(
    _ layout: Layout, _ graph: inout Graph, _ packed: inout [PackedKey: Int], _ bytes: () -> [UInt8]
  ) -> Int {
    let key = PackedKey(tensor: weightsIndex, layout: layout.name.description)
    if let known = packed[key] { return known }
    var tensor = weights
    tensor.layout = layout
    tensor.data = bytes()
    packed[key] = graph.add(tensor)
    return graph.tensors.count - 1
  }
}
