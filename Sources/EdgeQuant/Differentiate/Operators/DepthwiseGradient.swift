import CEdgeRows
import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `depthwise_conv_2d`: output channel c sees input channel c / multiplier alone.
  static let depthwise = GradientRule("depthwise_conv_2d") { context throws(Refusal) in
    let (x, w) = (try context.shape(0), try context.shape(1))
    guard x.rank == 4, w.rank == 4, w[0] == 1, x[3] > 0, w[3] % x[3] == 0,
      let axes = LayerPatches.axes(context.node, x, w)
    else { throw Refusal("its window does not fit its operands") }
    return .step(
      DepthwiseStep(
        x: try context.slot(0), y: context.outputs[0], pictures: x[0], rows: axes.0, columns: axes.1,
        inChannels: x[3], outChannels: w[3],
        parameters: try context.layerParameters(WeightForm.byOperator["depthwise_conv_2d"]!, channelCount: w[3]),
        activation: try context.activation()))
  }
}

private struct DepthwiseStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// In each sample.
  let pictures: Int
  let rows: WindowAxis
  let columns: WindowAxis
  let inChannels: Int
  let outChannels: Int
  let parameters: LayerParameters
  let activation: FusedActivation

  /// Pixels of an output line that one tap pairs with pixels of an input line.
  private struct Run {
    /// Number of the first output pixel among all, and of the input pixel beside it.
    let output: Int
    let input: Int
    let count: Int
    let tap: Int
  }

  private func forEachRun(_ pictures: Int, _ body: (Run) -> Void) {
    for picture in 0..<pictures {
      for row in 0..<rows.outputExtent {
        let line = (picture * rows.outputExtent + row) * columns.outputExtent
        for kernelRow in rows.taps(row) {
          let y = rows.start(row) + kernelRow * rows.dilation
          let source = (picture * rows.inputExtent + y) * columns.inputExtent
          for tap in 0..<columns.kernelExtent {
            let outputs = columns.outputs(seeing: tap)
            guard let first = outputs.first else { continue }
            body(
              Run(
                output: line + first, input: source + columns.start(first) + tap * columns.dilation,
                count: outputs.count, tap: kernelRow * columns.kernelExtent + tap))
          }
        }
      }
    }
  }

  private var multiplier: Int { outChannels / inChannels }
  private var inputStep: Int { columns.stride * inChannels }
  private func pixelCount(_ frame: BlockFrame) -> Int { frame.sampleCount * y.count / outChannels }

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    let (weights, bias) = (frame.parameters + parameters.weights, frame.parameters + parameters.bias)
    let count = outChannels
    edge_rows_copy(output, count, bias, 0, pixelCount(frame), count)
    forEachRun(pictures * frame.sampleCount) { run in
      let (y, x, w) = (output + run.output * count, input + run.input * inChannels, weights + run.tap * count)
      guard multiplier > 1 else {
        return edge_rows_multiply_add(y, count, x, inputStep, w, 0, run.count, count)
      }
      for pixel in 0..<run.count {
        for c in 0..<count { y[pixel * count + c] += x[pixel * inputStep + c / multiplier] * w[c] }
      }
    }
    activation.apply(output, count: frame.sampleCount * y.count)
  }

  func backward(_ frame: BlockFrame) {
    let (input, gradient) = (frame.values(x), frame.gradients(y))
    let weights = frame.parameters + parameters.weights
    let weightGradients = frame.parameterGradients + parameters.weights
    let count = outChannels
    activation.applyGradient(gradient, outputs: frame.values(y), count: frame.sampleCount * y.count)
    edge_rows_add(frame.parameterGradients + parameters.bias, 0, gradient, count, pixelCount(frame), count)
    let inputGradient = x.needsGradient ? frame.gradients(x) : nil
    forEachRun(pictures * frame.sampleCount) { run in
      let (g, x) = (gradient + run.output * count, input + run.input * inChannels)
      let (w, change) = (weights + run.tap * count, weightGradients + run.tap * count)
      let target = inputGradient.map { $0 + run.input * inChannels }
      guard multiplier > 1 else {
        edge_rows_multiply_add(change, 0, g, count, x, inputStep, run.count, count)
        if let target { edge_rows_multiply_add(target, inputStep, g, count, w, 0, run.count, count) }
        return
      }
      for pixel in 0..<run.count {
        for c in 0..<count {
          change[c] += g[pixel * count + c] * x[pixel * inputStep + c / multiplier]
          if let target { target[pixel * inputStep + c / multiplier] += g[pixel * count + c] * w[c] }
        }
      }
    }
  }
}

extension WindowAxis {
  /// The output positions for which a tap lies inside the input.
  fileprivate func outputs(seeing tap: Int) -> Range<Int> {
    let offset = tap * dilation - paddingBefore
    let first = min(offset >= 0 ? 0 : (stride - 1 - offset) / stride, outputExtent)
    let end = offset < inputExtent ? (inputExtent - 1 - offset) / stride + 1 : 0
    return first..<max(first, min(end, outputExtent))
  }
}
