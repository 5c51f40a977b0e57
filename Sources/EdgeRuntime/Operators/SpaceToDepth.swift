import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Brings blocks of pixels into the channels: `y[n, h, w, (i·b + j)·C + c] = x[n, h·b + i, w·b + j, c]`.
  ///
  /// Input: x `[N, H, W, C]` of any type. Output: y `[N, H/b, W/b, C·b²]`. Attribute `block_size`: b, which divides H and W.
  static let spaceToDepth = OperatorDefinition(
    "space_to_depth", inputs: 1...1,
    outputTypes: { node throws(PlanError) in
      let x = try node.image()
      let block = try node.blockSize()
      guard x.shape[1] % block == 0, x.shape[2] % block == 0 else {
        throw .badAttribute("block_size", reason: "does not divide height and width")
      }
      return [
        try OutputType(
          x.dataType, checking: [x.shape[0], x.shape[1] / block, x.shape[2] / block, x.shape[3] * block * block])
      ]
    },
    plan: { context throws(PlanError) in
      let x = try context.node.image().shape
      let (block, y) = (try context.node.blockSize(), context.node.outputs[0].shape)
      let s = x.strides
      return context.rearrangement(
        extents: [y[0], y[1], y[2], block, block, x[3]], [s[0], s[1] * block, s[2] * block, s[1], s[2], 1])
    })

  /// Brings channels back into blocks of pixels: `y[n, h·b + i, w·b + j, c] = x[n, h, w, (i·b + j)·C + c]`.
  ///
  /// Input: x `[N, H, W, C·b²]` of any type. Output: y `[N, H·b, W·b, C]`. Attribute `block_size`: b, whose square divides the channels.
  static let depthToSpace = OperatorDefinition(
    "depth_to_space", inputs: 1...1,
    outputTypes: { node throws(PlanError) in
      let x = try node.image()
      let block = try node.blockSize()
      guard x.shape[3] % (block * block) == 0 else {
        throw .badAttribute("block_size", reason: "its square does not divide the channels")
      }
      return [
        try OutputType(
          x.dataType, checking: [x.shape[0], x.shape[1] * block, x.shape[2] * block, x.shape[3] / (block * block)])
      ]
    },
    plan: { context throws(PlanError) in
      let x = try context.node.image().shape
      let (block, y) = (try context.node.blockSize(), context.node.outputs[0].shape)
      let s = x.strides
      return context.rearrangement(
        extents: [x[0], x[1], block, x[2], block, y[3]], [s[0], s[1], block * y[3], s[2], y[3], 1])
    })
}

extension Node {
  fileprivate func image() throws(PlanError) -> TensorType {
    let x = try input(0, "x")
    guard x.shape.rank == 4 else { throw .rankMismatch(operand: "x", expected: "4", got: x.shape) }
    return x
  }

  fileprivate func blockSize() throws(PlanError) -> Int {
    // The limit keeps products of its square with any extent from overflowing.
    guard let block = attributes.int("block_size"), (1...32_767).contains(block) else {
      throw .badAttribute("block_size", reason: "missing, below 1 or above 32767")
    }
    return block
  }
}

extension PlanContext {
  /// Fills the output in order with the elements of the input that lie at `strides`; `extents` are the output's, some split in two.
  fileprivate func rearrangement(extents: [Int], _ strides: [Int]) -> Step {
    // Extents of 0 make every stride irrelevant.
    var contiguous = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      contiguous[axis] = contiguous[axis + 1] * max(extents[axis + 1], 1)
    }
    let copy = StridedCopy(
      extents: extents, from: .init(strides: strides), to: .init(strides: contiguous),
      elementByteCount: node.outputs[0].dataType.byteCount)
    return moveStep([Move(.operand(inputs[0]), to: outputs[0], copy)])
  }
}
