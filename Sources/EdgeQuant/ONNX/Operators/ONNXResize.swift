import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// Pictures of another size, by scales or sizes along height and width. Nearest: every rule, if need be as a gather. Linear: rules that
  /// the runtime has as they are, others, and cubic, as products with matrices.
  static let resize: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    var request = ResizeRequest(node)
    let axes = try builder.axes(node.ints("axes") ?? Array(0..<shape.rank), rank: shape.rank)
    // Upsample has no region of interest.
    let scalesInput = node.operatorName == "Upsample" ? 1 : 2
    var scales = [Float](repeating: 1, count: shape.rank)
    var extents = shape.dimensions
    if let input = node.optionalInput(3), builder.shape(input).elementCount > 0 {
      guard node.text("keep_aspect_ratio_policy", default: "stretch") == "stretch" else {
        throw Refusal("keep_aspect_ratio_policy is not \"stretch\", the only one supported")
      }
      let sizes = try builder.ints(input, "sizes")
      guard sizes.count == axes.count, sizes.allSatisfy({ (1...1 << 24).contains($0) }) else {
        throw Refusal("sizes are \(sizes)")
      }
      for (axis, size) in zip(axes, sizes) {
        extents[axis] = size
        scales[axis] = Float(size) / Float(max(shape[axis], 1))
      }
    } else if let input = node.optionalInput(scalesInput), builder.shape(input).elementCount > 0 {
      let values = try builder.floats(input, "scales")
      guard values.count == axes.count, values.allSatisfy({ $0 > 0 && $0 < 1_048_576 }) else {
        throw Refusal("scales are \(values)")
      }
      for (axis, scale) in zip(axes, values) {
        scales[axis] = scale
        extents[axis] = Int((Float(shape[axis]) * scale).rounded(.down))
      }
    } else {
      throw Refusal("scales and sizes are missing, or known only while running")
    }
    guard shape.elementCount > 0, Shape(checking: extents)?.elementCount ?? 0 > 0,
      (shape.dimensions + extents).allSatisfy({ $0 <= ONNXBuilder.maximumIndexCount })
    else {
      throw Refusal("would give \(shape) the shape \(extents)")
    }
    request.axes = (0..<shape.rank).map {
      ResizeRequest.Axis(input: shape[$0], output: extents[$0], scale: scales[$0])
    }
    switch node.text("mode", default: "nearest") {
    case "nearest": return [try builder.nearest(x, request)]
    case "linear", "bilinear": return [try builder.bilinear(x, request)]
    case "cubic": return [try builder.interpolated(x, request, .cubic(node.float("cubic_coeff_a", default: -0.75)))]
    case let mode: throw Refusal("mode is \"\(mode)\"; supported: nearest, linear, cubic")
    }
  }

  /// Brings channels into blocks of pixels. `CRD` counts the block's pixels last, which a gather puts first.
  static let depthToSpace: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard shape.rank == 4 else { throw Refusal("x has shape \(shape); needs rank 4 (NCHW)") }
    let block = try node.blockSize()
    var picture = try builder.channelsLast(x)
    switch node.text("mode", default: "DCR") {
    case "DCR": break
    case "CRD":
      let (pixels, channels) = (block * block, shape[1] / (block * block))
      guard pixels * channels == shape[1], shape[1] <= ONNXBuilder.maximumIndexCount else {
        throw Refusal("\(shape[1]) channels are no multiple of the block's \(pixels)")
      }
      picture = try builder.gather(
        picture, (0..<shape[1]).map { $0 % channels * pixels + $0 / channels }, axis: 3)
    case let mode: throw Refusal("mode is \"\(mode)\"; supported: DCR, CRD")
    }
    return [
      try builder.channelsFirst(
        try builder.emit("depth_to_space", [picture], [Attribute("block_size", ints: [Int64(block)])]))
    ]
  }

  static let spaceToDepth: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    guard builder.shape(x).rank == 4 else { throw Refusal("x has shape \(builder.shape(x)); needs rank 4 (NCHW)") }
    let block = Attribute("block_size", ints: [Int64(try node.blockSize())])
    return [try builder.channelsFirst(try builder.emit("space_to_depth", [try builder.channelsLast(x)], [block]))]
  }
}

extension ONNXNode {
  fileprivate func blockSize() throws(Refusal) -> Int {
    guard let block = int("blocksize"), (1...1 << 12).contains(block) else {
      throw Refusal("blocksize is missing or impossible")
    }
    return block
  }
}
