import EdgeTensor

/// A float32 network in source form that runs over blocks of samples, forwards, and backwards by reverse-mode differentiation. Immutable;
/// any number of frames share it.
///
/// Its parameters are the weights and biases of layers; a bias that the graph leaves out counts as zeros.
struct DifferentiableNetwork: Sendable {
  /// By tensor: those that are computed or given.
  let slotOfTensor: [Int: Slot]
  let slots: [Slot]
  let parameters: ParameterList
  private let steps: [any DifferentiableStep]

  /// - Parameters:
  ///   - graph: in source form; its shapes are those of one sample.
  ///   - observed: the tensors that the loss depends on; what comes after them is left out.
  /// - Throws: `notDifferentiable` with all nodes that have no rule.
  init(_ graph: Graph, observed: [Int]) throws(QuantError) {
    _ = LinearAlgebra.isSingleThreaded
    var slots: [Slot] = []
    var slotOfTensor: [Int: Slot] = [:]
    func newSlot(_ tensor: Int, needsGradient: Bool) -> Slot {
      let slot = Slot(
        index: slots.count, count: graph.tensors[tensor].shape?.elementCount ?? 0, needsGradient: needsGradient)
      slots.append(slot)
      return slot
    }
    for input in graph.inputs { slotOfTensor[input] = newSlot(input, needsGradient: false) }
    var parameters = ParameterList()
    var steps: [any DifferentiableStep] = []
    var problems: [NodeProblem] = []
    for node in graph.nodesBefore(observed) {
      let dependsOnParameters =
        WeightForm.byOperator[node.operatorName] != nil
        || node.inputs.contains { $0.flatMap { slotOfTensor[$0]?.needsGradient } ?? false }
      let before = slots.count
      let outputs = node.outputs.map { newSlot($0, needsGradient: dependsOnParameters) }
      for (output, slot) in zip(node.outputs, outputs) { slotOfTensor[output] = slot }
      var context = StepContext(
        graph: graph, node: node, slotOfTensor: slotOfTensor, outputs: outputs, parameters: parameters)
      do throws(Refusal) {
        guard let rule = GradientRule.byOperator[node.operatorName] else {
          throw Refusal("gradients of this operator are not supported")
        }
        switch try rule.make(&context) {
        case .step(let step): steps.append(step)
        case .view(let slot):
          slots.removeSubrange(before...)
          slotOfTensor[node.outputs[0]] = slot
        }
        parameters = context.parameters
      } catch {
        problems.append(NodeProblem(node, error.reason))
      }
    }
    guard problems.isEmpty else { throw .notDifferentiable(problems) }
    (self.slots, self.slotOfTensor, self.parameters, self.steps) = (slots, slotOfTensor, parameters, steps)
  }

  func scratchCount(samples: Int) -> Int { steps.reduce(0) { max($0, $1.scratchCount(samples: samples)) } }

  /// Computes every activation from those that the frame holds for the inputs.
  func forward(_ frame: BlockFrame) {
    for step in steps { step.forward(frame) }
  }

  /// Adds the gradients of the parameters to the frame's, from the gradients of activations that the frame holds after `forward`.
  func backward(_ frame: BlockFrame) {
    for step in steps.reversed() { step.backward(frame) }
  }

  /// Elements of all activations of a sample.
  var elementCount: Int { slots.reduce(0) { $0 + $1.count } }

  /// Bytes of a frame for each sample.
  var byteCountPerSample: Int { slots.reduce(0) { $0 + 4 * $1.count * ($1.needsGradient ? 2 : 1) } }
}

extension Graph {
  /// The nodes on which tensors depend, in order.
  fileprivate func nodesBefore(_ tensors: [Int]) -> [Node] {
    var needed = Set(tensors)
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      kept.append(node)
      needed.formUnion(node.inputs.compactMap { $0 })
    }
    return kept.reversed()
  }
}
