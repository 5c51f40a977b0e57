import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Continues a tensor beyond its borders by its mirror image.
  ///
  /// Inputs: x of any type, with the output's quantization; paddings `[rank, 2]`, constant, at most the mirrored extent.
  /// Attribute `mode`: `reflect` mirrors without the border element, `symmetric` with it.
  static let mirrorPad = OperatorDefinition(
    "mirror_pad", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      _ = try node.mirroredAxes()
      return try node.paddedOutput()
    },
    plan: { context throws(PlanError) in
      let x = try context.node.input(0, "x")
      guard x.quantization == context.node.outputs[0].quantization else {
        throw .badQuantization(operand: "output", reason: "must be the input's")
      }
      return context.mirroring(x, try context.node.mirroredAxes())
    })
}

/// A stretch of an output axis that runs steadily through the input.
private struct MirrorPiece {
  let first: Int
  let count: Int
  let source: Int
  let step: Int
}

extension Node {
  /// Each axis of the output in at most three pieces: mirrored, straight, mirrored.
  fileprivate func mirroredAxes() throws(PlanError) -> [[MirrorPiece]] {
    let x = try input(0, "x").shape
    guard let mode = attributes.text("mode") else { throw .badAttribute("mode", reason: "missing") }
    let reflects = mode.hasSameBytes(as: "reflect")
    guard reflects || mode.hasSameBytes(as: "symmetric") else {
      throw .badAttribute("mode", reason: "unknown; supported: reflect, symmetric")
    }
    let edge = reflects ? 1 : 0  // elements that are not repeated
    var axes: [[MirrorPiece]] = []
    for (axis, padding) in try paddings().enumerated() {
      let extent = x[axis]
      guard max(padding.before, padding.after) <= max(extent - edge, 0) else {
        throw .badValue(operand: "paddings", reason: "more than the tensor has to mirror")
      }
      let pieces = [
        MirrorPiece(first: 0, count: padding.before, source: padding.before - 1 + edge, step: -1),
        MirrorPiece(first: padding.before, count: extent, source: 0, step: 1),
        MirrorPiece(first: padding.before + extent, count: padding.after, source: extent - 1 - edge, step: -1),
      ]
      axes.append(pieces.filter { $0.count > 0 })
    }
    return axes
  }
}

extension PlanContext {
  /// One move for each combination of pieces.
  fileprivate func mirroring(_ x: TensorType, _ axes: [[MirrorPiece]]) -> Step {
    let (xStrides, yStrides) = (x.shape.strides, node.outputs[0].shape.strides)
    var moves: [Move] = []
    for combination in 0..<axes.reduce(1, { $0 * $1.count }) {
      var remaining = combination
      var extents: [Int] = []
      var source = StridedCopy.Side(strides: [])
      var destination = StridedCopy.Side(strides: yStrides)
      for (axis, pieces) in axes.enumerated() {
        let piece = pieces[remaining % pieces.count]
        remaining /= pieces.count
        extents.append(piece.count)
        source.offset += piece.source * xStrides[axis]
        source.strides.append(piece.step * xStrides[axis])
        destination.offset += piece.first * yStrides[axis]
      }
      let copy = StridedCopy(
        extents: extents, from: source, to: destination, elementByteCount: x.dataType.byteCount)
      moves.append(Move(.operand(inputs[0]), to: outputs[0], copy))
    }
    return moveStep(moves)
  }
}
