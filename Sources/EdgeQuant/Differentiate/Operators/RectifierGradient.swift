extension GradientRule {
  /// Rectifiers as operators of their own: `y = min(max(x, minimum), maximum)`.
  static let rectifiers = GradientRule("relu", "relu6", "relu_n1_to_1", "relu_0_to_1") { context throws(Refusal) in
    .step(
      RectifierStep(
        x: try context.slot(0), y: context.outputs[0], activation: FusedActivation(context.node.operatorName)!))
  }
}

private struct RectifierStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  let activation: FusedActivation

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    for index in 0..<y.count * frame.sampleCount { output[index] = activation(input[index]) }
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    let (target, gradient, output) = (frame.gradients(x), frame.gradients(y), frame.values(y))
    for index in 0..<y.count * frame.sampleCount {
      target[index] += activation.gradient(gradient[index], output: output[index])
    }
  }
}
