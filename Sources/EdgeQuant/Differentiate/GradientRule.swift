import EdgeRuntime
import EdgeTensor

/// One node of a network, made ready to run over blocks of samples.
protocol DifferentiableStep: Sendable {
  /// Floats of scratch memory for blocks of so many samples.
  func scratchCount(samples: Int) -> Int
  /// Computes the outputs of all samples of the block.
  func forward(_ frame: BlockFrame)
  /// Adds to the gradients of inputs and parameters what follows from those of the outputs, which it may overwrite.
  func backward(_ frame: BlockFrame)
}

extension DifferentiableStep {
  func scratchCount(samples: Int) -> Int { 0 }
}

/// How an operator is run forwards and backwards. Operators have the operands of source form.
struct GradientRule: Sendable {
  enum Form {
    case step(any DifferentiableStep)
    /// The output has the elements of this input in the same order.
    case view(of: Slot)
  }

  /// Names in the operator registry.
  let operators: [String]
  let make: @Sendable (inout StepContext) throws(Refusal) -> Form

  init(_ operators: String..., make: @escaping @Sendable (inout StepContext) throws(Refusal) -> Form) {
    (self.operators, self.make) = (operators, make)
  }

  /// Every operator that can be differentiated.
  static let all: [GradientRule] = [
    .convolution,
    .depthwise,
    .dense,
    .transposeConvolution,
    .sumsAndProducts,
    .rectifiers,
    .activations,
    .slopes,
    .pools,
    .mean,
    .bilinear,
    .rearrangements,
  ]

  static let byOperator: [String: GradientRule] = {
    var rules: [String: GradientRule] = [:]
    for rule in all { for name in rule.operators { rules[name] = rule } }
    return rules
  }()
}

/// What a rule is told of its node.
struct StepContext {
  let graph: Graph
  let node: Graph.Node
  /// By tensor.
  let slotOfTensor: [Int: Slot]
  /// By output of the node: the slot it will get, unless the rule makes a view.
  let outputs: [Slot]
  var parameters: ParameterList

  /// A float32 operand, constant or not.
  func shape(_ operand: Int) throws(Refusal) -> Shape {
    guard let tensor = graph.input(operand, of: node), let shape = tensor.shape else {
      throw Refusal("operand \(operand) is missing")
    }
    guard tensor.dataType == .float32 else {
      throw Refusal("operand \(operand) is \(tensor.dataType); gradients need float32")
    }
    return shape
  }

  func outputShape(_ index: Int = 0) -> Shape { graph.tensors[node.outputs[index]].shape ?? Shape([]) }

  /// An activation.
  func slot(_ operand: Int) throws(Refusal) -> Slot {
    _ = try shape(operand)
    guard let tensor = node.inputs[operand], let slot = slotOfTensor[tensor] else {
      throw Refusal("operand \(operand) is a constant; gradients need one that is computed")
    }
    return slot
  }

  /// The values of a float32 constant, nil if the operand is computed.
  func constant(_ operand: Int) throws(Refusal) -> [Float]? {
    _ = try shape(operand)
    return graph.input(operand, of: node)?.isConstant == true
      ? graph.input(operand, of: node)?.values(as: Float.self) : nil
  }

  func activation() throws(Refusal) -> FusedActivation {
    guard let activation = FusedActivation(node.attributes.text("activation") ?? "none") else {
      throw Refusal("its fused activation has no rule for gradients")
    }
    return activation
  }

  /// Makes weights and bias of the node parameters.
  mutating func layerParameters(_ form: WeightForm, channelCount: Int) throws(Refusal) -> LayerParameters {
    guard let weights = node.inputs[form.weightsOperand], let values = try constant(form.weightsOperand) else {
      throw Refusal("its weights are computed while running")
    }
    let bias = graph.input(form.biasOperand, of: node)?.values(as: Float.self)
    guard bias == nil || bias?.count == channelCount else { throw Refusal("its bias is no constant of float32") }
    let biasTensor = bias == nil ? nil : node.inputs[form.biasOperand]
    return LayerParameters(
      weights: parameters.add(.init(weights: weights, bias: nil), values),
      bias: parameters.add(
        .init(weights: weights, bias: biasTensor ?? -1), bias ?? Array(repeating: 0, count: channelCount)))
  }
}

/// Where a layer's parameters begin among all parameters.
struct LayerParameters: Sendable {
  let weights: Int
  let bias: Int
}

/// The weights and biases of a network, one after the other.
struct ParameterList: Sendable {
  /// Layers that share weights share the parameters, and then also those biases that they share.
  struct Key: Hashable, Sendable {
    let weights: Int
    /// nil for the weights themselves, −1 for a bias that the graph leaves out.
    let bias: Int?
  }

  private(set) var values: [Float] = []
  private(set) var ranges: [Key: Range<Int>] = [:]

  /// - Returns: where the parameter begins.
  mutating func add(_ key: Key, _ initial: [Float]) -> Int {
    if let range = ranges[key] { return range.lowerBound }
    let start = values.count
    values += initial
    ranges[key] = start..<values.count
    return start
  }
}
