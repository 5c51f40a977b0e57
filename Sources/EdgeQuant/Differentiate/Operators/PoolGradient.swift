import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `average_pool_2d` and `max_pool_2d`; padding takes no part.
  static let pools = GradientRule("average_pool_2d", "max_pool_2d") { context throws(Refusal) in
    let (x, attributes) = (try context.shape(0), context.node.attributes)
    let window = Shape([1, attributes.int("filter_h") ?? 0, attributes.int("filter_w") ?? 0, 1])
    guard x.rank == 4, let axes = LayerPatches.axes(context.node, x, window), axes.0.dilation == 1, axes.1.dilation == 1
    else { throw Refusal("its window does not fit x") }
    return .step(
      PoolStep(
        x: try context.slot(0), y: context.outputs[0], pictures: x[0], rows: axes.0, columns: axes.1, channels: x[3],
        isMaximum: context.node.operatorName == "max_pool_2d", activation: try context.activation()))
  }
}

private struct PoolStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// In each sample.
  let pictures: Int
  let rows: WindowAxis
  let columns: WindowAxis
  let channels: Int
  let isMaximum: Bool
  let activation: FusedActivation

  /// Calls `body` with the first element of each output pixel and the first elements of the pixels under its window.
  private func forEachWindow(_ pictures: Int, _ body: (_ output: Int, _ inputs: [Int]) -> Void) {
    for picture in 0..<pictures {
      for row in 0..<rows.outputExtent {
        for column in 0..<columns.outputExtent {
          let output = ((picture * rows.outputExtent + row) * columns.outputExtent + column) * channels
          let inputs = rows.taps(row).flatMap { kernelRow in
            let line = (picture * rows.inputExtent + rows.start(row) + kernelRow) * columns.inputExtent
            return columns.taps(column).map { (line + columns.start(column) + $0) * channels }
          }
          body(output, inputs)
        }
      }
    }
  }

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    forEachWindow(pictures * frame.sampleCount) { to, from in
      let y = output + to
      y.update(repeating: isMaximum ? -.greatestFiniteMagnitude : 0, count: channels)
      for first in from {
        let x = input + first
        if isMaximum {
          for channel in 0..<channels { y[channel] = max(y[channel], x[channel]) }
        } else {
          for channel in 0..<channels { y[channel] += x[channel] }
        }
      }
      guard !isMaximum else { return }
      let count = Float(from.count)
      for channel in 0..<channels { y[channel] /= count }
    }
    activation.apply(output, count: frame.sampleCount * y.count)
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    let (input, output, gradient, target) = (frame.values(x), frame.values(y), frame.gradients(y), frame.gradients(x))
    activation.applyGradient(gradient, outputs: output, count: frame.sampleCount * y.count)
    forEachWindow(pictures * frame.sampleCount) { to, from in
      let g = gradient + to
      if isMaximum {
        for channel in 0..<channels where g[channel] != 0 {
          // The first of equals, as a search that keeps the largest so far finds it.
          let largest = from.dropFirst().reduce(from[0]) { input[$1 + channel] > input[$0 + channel] ? $1 : $0 }
          target[largest + channel] += g[channel]
        }
      } else {
        let factor = 1 / Float(from.count)
        for first in from {
          let target = target + first
          for channel in 0..<channels { target[channel] += factor * g[channel] }
        }
      }
    }
  }
}
