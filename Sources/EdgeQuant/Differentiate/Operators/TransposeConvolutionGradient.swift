import CEdgeRows
import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `transpose_conv`: each input pixel adds its products to the outputs under its window.
  static let transposeConvolution = GradientRule("transpose_conv") { context throws(Refusal) in
    let (x, w, y) = (try context.shape(2), try context.shape(1), context.outputShape())
    guard x.rank == 4, w.rank == 4, y.rank == 4, w[0] == y[3], w[3] == x[3],
      let axes = LayerPatches.axes(context.node, y, w), axes.0.outputExtent == x[1], axes.1.outputExtent == x[2]
    else { throw Refusal("its window does not fit its operands") }
    return .step(
      TransposeStep(
        x: try context.slot(2), y: context.outputs[0], pictures: x[0], inChannels: x[3],
        patches: PatchMatrix(rows: axes.0, columns: axes.1, channels: y[3], groupChannels: y[3]),
        parameters: try context.layerParameters(WeightForm.byOperator["transpose_conv"]!, channelCount: w[0]),
        activation: try context.activation()))
  }
}

/// Rows of x times weights, scattered over the output: a convolution from output to x, backwards.
private struct TransposeStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// In each sample.
  let pictures: Int
  let inChannels: Int
  /// Of the output, a row for each pixel of x.
  let patches: PatchMatrix
  let parameters: LayerParameters
  let activation: FusedActivation

  private static let tile = 128

  private var outChannels: Int { patches.channels }
  private var weightCount: Int { patches.depth * inChannels }

  /// Patches of a tile, weights in the order of patches, and their gradients.
  func scratchCount(samples: Int) -> Int { TransposeStep.tile * patches.depth + 2 * weightCount }

  private func forEachTile(_ frame: BlockFrame, _ body: (Range<Int>) -> Void) {
    let count = frame.sampleCount * pictures * patches.positionsPerPicture
    for start in stride(from: 0, to: count, by: TransposeStep.tile) {
      body(start..<min(start + TransposeStep.tile, count))
    }
  }

  /// Calls `body` with each weight's place in OHWI and in `[taps, outChannels, inChannels]`.
  private func forEachWeight(_ body: (Int, Int) -> Void) {
    let taps = patches.depth / max(outChannels, 1)
    for channel in 0..<outChannels {
      for tap in 0..<taps {
        for input in 0..<inChannels {
          body((channel * taps + tap) * inChannels + input, (tap * outChannels + channel) * inChannels + input)
        }
      }
    }
  }

  func forward(_ frame: BlockFrame) {
    let (input, output, rows) = (frame.values(x), frame.values(y), frame.scratch)
    let (weights, bias) = (frame.parameters + parameters.weights, frame.parameters + parameters.bias)
    let ordered = rows + TransposeStep.tile * patches.depth
    forEachWeight { ordered[$1] = weights[$0] }
    edge_rows_copy(output, outChannels, bias, 0, frame.sampleCount * y.count / max(outChannels, 1), outChannels)
    forEachTile(frame) { positions in
      MatrixProduct.rowsTimesRows(
        positions.count, patches.depth, inChannels, input + positions.lowerBound * inChannels, inChannels, ordered,
        inChannels, rows, patches.depth, adds: false)
      patches.scatter(positions, firstChannel: 0, from: rows, addingTo: output)
    }
    activation.apply(output, count: frame.sampleCount * y.count)
  }

  func backward(_ frame: BlockFrame) {
    let (input, gradient, rows) = (frame.values(x), frame.gradients(y), frame.scratch)
    let weights = frame.parameters + parameters.weights
    let weightGradients = frame.parameterGradients + parameters.weights
    let biasGradients = frame.parameterGradients + parameters.bias
    let ordered = rows + TransposeStep.tile * patches.depth
    let changes = ordered + weightCount
    forEachWeight { ordered[$1] = weights[$0] }
    changes.update(repeating: 0, count: weightCount)
    activation.applyGradient(gradient, outputs: frame.values(y), count: frame.sampleCount * y.count)
    edge_rows_add(
      biasGradients, 0, gradient, outChannels, frame.sampleCount * y.count / max(outChannels, 1), outChannels)
    forEachTile(frame) { positions in
      patches.gather(positions, firstChannel: 0, of: gradient, to: rows)
      MatrixProduct.columnsTimesColumns(
        patches.depth, inChannels, positions.count, rows, patches.depth, input + positions.lowerBound * inChannels,
        inChannels, changes, inChannels)
      guard x.needsGradient else { return }
      MatrixProduct.rowsTimesColumns(
        positions.count, inChannels, patches.depth, rows, patches.depth, ordered, inChannels,
        frame.gradients(x) + positions.lowerBound * inChannels, inChannels, adds: true)
    }
    forEachWeight { weightGradients[$0] += changes[$1] }
  }
}
