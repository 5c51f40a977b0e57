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

  /// Calls `body` for each pair of an output and an input pixel, with their numbers among all pixels and that of the tap between them.
  @inline(__always)
  private func forEachTap(_ pictures: Int, _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void) {
    for picture in 0..<pictures {
      for row in 0..<rows.outputExtent {
        let (rowTaps, firstRow) = (rows.taps(row), rows.start(row))
        let line = (picture * rows.outputExtent + row) * columns.outputExtent
        for kernelRow in rowTaps {
          let source = (picture * rows.inputExtent + firstRow + kernelRow * rows.dilation) * columns.inputExtent
          for column in 0..<columns.outputExtent {
            let first = source + columns.start(column)
            for kernelColumn in columns.taps(column) {
              body(
                line + column, first + kernelColumn * columns.dilation, kernelRow * columns.kernelExtent + kernelColumn)
            }
          }
        }
      }
    }
  }

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    let (weights, bias) = (frame.parameters + parameters.weights, frame.parameters + parameters.bias)
    let (count, multiplier) = (outChannels, outChannels / inChannels)
    let pictures = pictures * frame.sampleCount
    for pixel in 0..<pictures * rows.outputExtent * columns.outputExtent {
      (output + pixel * count).update(from: bias, count: count)
    }
    forEachTap(pictures) { to, from, tap in
      let (y, x, w) = (output + to * count, input + from * inChannels, weights + tap * count)
      if multiplier == 1 {
        for channel in 0..<count { y[channel] += x[channel] * w[channel] }
      } else {
        for channel in 0..<count { y[channel] += x[channel / multiplier] * w[channel] }
      }
    }
    activation.apply(output, count: frame.sampleCount * y.count)
  }

  func backward(_ frame: BlockFrame) {
    let (input, gradient) = (frame.values(x), frame.gradients(y))
    let weights = frame.parameters + parameters.weights
    let (weightGradients, biasGradients) = (
      frame.parameterGradients + parameters.weights, frame.parameterGradients + parameters.bias
    )
    let (count, multiplier) = (outChannels, outChannels / inChannels)
    let pictures = pictures * frame.sampleCount
    activation.applyGradient(gradient, outputs: frame.values(y), count: frame.sampleCount * y.count)
    for pixel in 0..<pictures * rows.outputExtent * columns.outputExtent {
      let row = gradient + pixel * count
      for channel in 0..<count { biasGradients[channel] += row[channel] }
    }
    let inputGradient = x.needsGradient ? frame.gradients(x) : nil
    forEachTap(pictures) { to, from, tap in
      let (g, x, change) = (gradient + to * count, input + from * inChannels, weightGradients + tap * count)
      if multiplier == 1 {
        for channel in 0..<count { change[channel] += g[channel] * x[channel] }
      } else {
        for channel in 0..<count { change[channel] += g[channel] * x[channel / multiplier] }
      }
      guard let inputGradient else { return }
      let (target, w) = (inputGradient + from * inChannels, weights + tap * count)
      if multiplier == 1 {
        for channel in 0..<count { target[channel] += g[channel] * w[channel] }
      } else {
        for channel in 0..<count { target[channel / multiplier] += g[channel] * w[channel] }
      }
    }
  }
}
