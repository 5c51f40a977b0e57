import CEdgeRows
import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `conv_2d`, grouped or not: `y = act(x ∗ W + b)`.
  static let convolution = GradientRule("conv_2d") { context throws(Refusal) in
    let (x, w) = (try context.shape(0), try context.shape(1))
    guard x.rank == 4, w.rank == 4, let axes = LayerPatches.axes(context.node, x, w), x[3] % max(w[3], 1) == 0,
      w[0] % max(x[3] / max(w[3], 1), 1) == 0
    else { throw Refusal("its window does not fit its operands") }
    return .step(
      MatrixStep(
        x: try context.slot(0), y: context.outputs[0], pictures: x[0], groups: x[3] / w[3], outChannels: w[0],
        patches: PatchMatrix(rows: axes.0, columns: axes.1, channels: x[3], groupChannels: w[3]),
        parameters: try context.layerParameters(WeightForm.byOperator["conv_2d"]!, channelCount: w[0]),
        activation: try context.activation()))
  }

  /// `fully_connected`: `y = act(x · Wᵀ + b)`.
  static let dense = GradientRule("fully_connected") { context throws(Refusal) in
    let (x, w) = (try context.shape(0), try context.shape(1))
    guard w.rank == 2, w[1] > 0, x.elementCount % w[1] == 0,
      let row = WindowAxis(input: x.elementCount / w[1], kernel: 1, stride: 1, padding: .valid),
      let one = WindowAxis(input: 1, kernel: 1, stride: 1, padding: .valid)
    else { throw Refusal("x is not made of rows of as many values as its weights' last extent") }
    return .step(
      MatrixStep(
        x: try context.slot(0), y: context.outputs[0], pictures: 1, groups: 1, outChannels: w[0],
        patches: PatchMatrix(rows: row, columns: one, channels: w[1], groupChannels: w[1]),
        parameters: try context.layerParameters(WeightForm.byOperator["fully_connected"]!, channelCount: w[0]),
        activation: try context.activation()))
  }
}

/// Rows of patches times weights `[outChannels, depth]`: convolutions and dense layers. Works on some positions at a time, so that their
/// patches stay in the cache.
private struct MatrixStep: DifferentiableStep {
  let x: Slot
  let y: Slot
  /// In each sample.
  let pictures: Int
  let groups: Int
  let outChannels: Int
  let patches: PatchMatrix
  let parameters: LayerParameters
  let activation: FusedActivation

  /// Floats of patches that stay in the second-level cache of one core beside what is computed of them.
  private static let patchCount = 48 << 10

  private var depth: Int { patches.depth }
  private var channelsPerGroup: Int { outChannels / groups }

  private var tile: Int { min(max(MatrixStep.patchCount / max(depth, 1), 32), 1024) }

  func scratchCount(samples: Int) -> Int { patches.isPicture ? 0 : 2 * tile * depth }

  private func forEachTile(_ frame: BlockFrame, _ body: (Range<Int>) -> Void) {
    let count = frame.sampleCount * pictures * patches.positionsPerPicture
    for start in stride(from: 0, to: count, by: tile) { body(start..<min(start + tile, count)) }
  }

  func forward(_ frame: BlockFrame) {
    let (input, output) = (frame.values(x), frame.values(y))
    let (weights, bias) = (frame.parameters + parameters.weights, frame.parameters + parameters.bias)
    forEachTile(frame) { positions in
      let result = output + positions.lowerBound * outChannels
      for group in 0..<groups {
        let (rows, stride) = patchRows(positions, group, input, frame.scratch)
        MatrixProduct.rowsTimesRows(
          positions.count, channelsPerGroup, depth, rows, stride, weights + group * channelsPerGroup * depth, depth,
          result + group * channelsPerGroup, outChannels, adds: false)
      }
      activation.apply(result, bias: bias, rowCount: positions.count, count: outChannels)
    }
  }

  func backward(_ frame: BlockFrame) {
    let (input, output, gradient) = (frame.values(x), frame.values(y), frame.gradients(y))
    let weights = frame.parameters + parameters.weights
    let weightGradients = frame.parameterGradients + parameters.weights
    let biasGradients = frame.parameterGradients + parameters.bias
    let inputGradient = x.needsGradient ? frame.gradients(x) : nil
    forEachTile(frame) { positions in
      let start = positions.lowerBound * outChannels
      let result = gradient + start
      activation.applyGradient(result, outputs: output + start, count: positions.count * outChannels)
      edge_rows_add(biasGradients, 0, result, outChannels, positions.count, outChannels)
      for group in 0..<groups {
        let (rows, stride) = patchRows(positions, group, input, frame.scratch)
        let (first, groupWeights) = (group * channelsPerGroup, group * channelsPerGroup * depth)
        MatrixProduct.columnsTimesColumns(
          channelsPerGroup, depth, positions.count, result + first, outChannels, rows, stride,
          weightGradients + groupWeights, depth)
        guard let inputGradient else { continue }
        let target = patches.isPicture ? inputGradient + positions.lowerBound * depth : frame.scratch + tile * depth
        MatrixProduct.rowsTimesColumns(
          positions.count, depth, channelsPerGroup, result + first, outChannels, weights + groupWeights, depth,
          target, depth, adds: patches.isPicture)
        if !patches.isPicture {
          patches.scatter(
            positions, firstChannel: group * patches.groupChannels, from: target, addingTo: inputGradient)
        }
      }
    }
  }

  /// The patches of some positions, `[positions, depth]`, and the distance of their rows.
  private func patchRows(
    _ positions: Range<Int>, _ group: Int, _ input: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) -> (UnsafePointer<Float>, Int) {
    guard !patches.isPicture else { return (input + positions.lowerBound * depth, depth) }
    patches.gather(positions, firstChannel: group * patches.groupChannels, of: input, to: scratch)
    return (UnsafePointer(scratch), depth)
  }
}
