import EdgeTensor

extension GradientRule {
  /// `mean` along constant axes.
  static let mean = GradientRule("mean", "sum") { context throws(Refusal) in
    let shape = try context.shape(0)
    guard let axes = context.graph.constantInts(context.node.inputs[1]) else { throw Refusal("its axes are computed") }
    let reduced = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
    let kept = Shape(shape.dimensions.indices.map { reduced.contains($0) ? 1 : shape[$0] })
    let count = shape.elementCount / max(kept.elementCount, 1)
    return .step(
      SumStep(
        x: try context.slot(0), y: context.outputs[0], map: Broadcasting.map(kept, to: shape),
        factor: context.node.operatorName == "mean" ? 1 / Float(max(count, 1)) : 1))
  }
}

/// Sums of elements, times a factor.
private struct SumStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// By element of x: the sum it is part of, nil if it is the only one.
  let map: [Int32]?
  let factor: Float

  func forward(_ frame: BlockFrame) {
    for sample in 0..<frame.sampleCount {
      let (input, output) = (frame.values(x) + sample * x.count, frame.values(y) + sample * y.count)
      guard let map else {
        for index in 0..<y.count { output[index] = factor * input[index] }
        continue
      }
      output.update(repeating: 0, count: y.count)
      map.withUnsafeBufferPointer { map in for index in 0..<x.count { output[Int(map[index])] += input[index] } }
      for index in 0..<y.count { output[index] *= factor }
    }
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    for sample in 0..<frame.sampleCount {
      let (target, gradient) = (frame.gradients(x) + sample * x.count, frame.gradients(y) + sample * y.count)
      guard let map else {
        for index in 0..<x.count { target[index] += factor * gradient[index] }
        continue
      }
      map.withUnsafeBufferPointer { map in
        for index in 0..<x.count { target[index] += factor * gradient[Int(map[index])] }
      }
    }
  }
}
