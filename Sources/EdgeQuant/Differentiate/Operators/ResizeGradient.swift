import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `resize_bilinear`: sums of four pixels with fixed weights.
  static let bilinear = GradientRule("resize_bilinear") { context throws(Refusal) in
    let (x, y, attributes) = (try context.shape(0), context.outputShape(), context.node.attributes)
    guard x.rank == 4, y.rank == 4 else { throw Refusal("x is no picture") }
    func axis(_ index: Int) -> ResizeAxis {
      ResizeAxis(
        input: x[index], output: y[index], alignsCorners: attributes.bool("align_corners"),
        usesHalfPixels: attributes.bool("half_pixel_centers"))
    }
    return .step(
      BilinearStep(
        x: try context.slot(0), y: context.outputs[0], pictures: x[0], rows: axis(1), columns: axis(2), channels: x[3]))
  }
}

private struct BilinearStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// In each sample.
  let pictures: Int
  let rows: ResizeAxis
  let columns: ResizeAxis
  let channels: Int

  /// Calls `body` with the first element of each output pixel, of each input pixel that it is made of, and the input's weight.
  @inline(__always)
  private func forEachPart(_ pictures: Int, _ body: (_ output: Int, _ input: Int, _ weight: Float) -> Void) {
    for picture in 0..<pictures {
      for row in 0..<rows.output {
        let (top, bottom, down) = rows.sample(row)
        for column in 0..<columns.output {
          let (left, right, across) = columns.sample(column)
          let output = ((picture * rows.output + row) * columns.output + column) * channels
          for (line, height) in [(top, 1 - down), (bottom, down)] {
            let start = (picture * rows.input + line) * columns.input
            body(output, (start + left) * channels, height * (1 - across))
            body(output, (start + right) * channels, height * across)
          }
        }
      }
    }
  }

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    output.update(repeating: 0, count: frame.sampleCount * y.count)
    forEachPart(pictures * frame.sampleCount) { to, from, weight in
      for channel in 0..<channels { output[to + channel] += weight * input[from + channel] }
    }
  }

  func backward(_ frame: BlockFrame) {
    guard x.needsGradient else { return }
    let (gradient, target) = (frame.gradients(y), frame.gradients(x))
    forEachPart(pictures * frame.sampleCount) { to, from, weight in
      for channel in 0..<channels { target[from + channel] += weight * gradient[to + channel] }
    }
  }
}
