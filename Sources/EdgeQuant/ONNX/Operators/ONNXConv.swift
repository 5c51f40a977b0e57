import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// Convolution of one or two dimensions, with groups.
  ///
  /// Inputs: x `[N, I, H, W]`, weights `[O, I / groups, kh, kw]`, optional bias `[O]`. With one input channel in each group it
  /// becomes `depthwise_conv_2d`, else `conv_2d`.
  static let conv: Add = { node, builder throws(Refusal) in
    [
      try builder.conv(
        node, x: node.input(0, "x"), weights: node.input(1, "weights"), bias: node.optionalInput(2))
    ]
  }

  /// Transposed convolution; groups are written as one convolution whose weights are 0 between groups.
  ///
  /// Inputs: x `[N, I, H, W]`, weights `[I, O / groups, kh, kw]`, optional bias `[O]`.
  static let convTranspose: Add = { node, builder throws(Refusal) in
    let (x, weights) = (try node.input(0, "x"), try node.input(1, "weights"))
    let (shape, kernel) = (builder.shape(x), builder.shape(weights))
    guard kernel.rank == shape.rank else { throw Refusal("the weights have shape \(kernel), x has \(shape)") }
    var window = try ONNXWindow(node, x: shape, kernel: Array(kernel.dimensions[2...]))
    guard window.dilations == [1, 1] else { throw Refusal("dilations are \(window.dilations); supported: 1") }
    let groups = node.int("group", default: 1)
    guard groups > 0, kernel[0] == shape[1], shape[1] % groups == 0 else {
      throw Refusal("the weights have shape \(kernel), x has \(shape) in \(groups) groups")
    }
    let outputs = try window.transposedExtents(node, rank: shape.rank)
    // Constant weights as OHWI.
    let order = shape.rank == 4 ? [1, 2, 3, 0] : [1, 2, 0]
    var w = try builder.transpose(weights, order)
    if shape.rank == 3 { w = try builder.reshape(w, [kernel[1], 1, kernel[2], kernel[0]]) }
    if groups > 1 { w = try builder.densified(w, groups: groups) }
    let size = builder.constant([shape[0], outputs[0], outputs[1], kernel[1] * groups], "output_shape")
    let picture = try builder.picture(x)
    let y = try builder.emit(
      "transpose_conv", [size, w, picture] + (node.optionalInput(2).map { [$0] } ?? []),
      window.paddingAttributes(input: outputs) + window.strideAttributes, dataType: builder.dataType(x))
    return [try builder.unpicture(y, rank: shape.rank)]
  }
}

extension ONNXBuilder {
  mutating func conv(_ node: ONNXNode, x: Int, weights: Int, bias: Int?) throws(Refusal) -> Int {
    let (shape, kernel) = (shape(x), shape(weights))
    guard kernel.rank == shape.rank, kernel.elementCount > 0 else {
      throw Refusal("the weights have shape \(kernel), x has \(shape); they need the same rank")
    }
    let window = try ONNXWindow(node, x: shape, kernel: Array(kernel.dimensions[2...]))
    let groups = node.int("group", default: 1)
    guard groups > 0, kernel[1].multipliedReportingOverflow(by: groups).partialValue == shape[1],
      kernel[0] % groups == 0
    else { throw Refusal("the weights have shape \(kernel), x has \(shape) in \(groups) groups") }
    let isDepthwise = groups > 1 && kernel[1] == 1
    // OIHW to OHWI, or to 1HWC where each group is one input channel.
    var w = weights
    if shape.rank == 3 { w = try reshape(w, [kernel[0], kernel[1], 1, kernel[2]]) }
    w = try transpose(w, isDepthwise ? [1, 2, 3, 0] : [0, 2, 3, 1])
    var attributes = window.paddingAttributes + window.strideAttributes + window.dilationAttributes
    if isDepthwise { attributes.append(Attribute("depth_multiplier", ints: [Int64(kernel[0] / groups)])) }
    let y = try emit(
      isDepthwise ? "depthwise_conv_2d" : "conv_2d", [try picture(x), w] + (bias.map { [$0] } ?? []), attributes)
    return try unpicture(y, rank: shape.rank)
  }

  /// Weights `[O / groups, kh, kw, I]` of a grouped transposed convolution as `[O, kh, kw, I]`: output channel `g · O / groups + o`
  /// sees the inputs of group g, the others through zeros.
  fileprivate mutating func densified(_ weights: Int, groups: Int) throws(Refusal) -> Int {
    let shape = shape(weights)
    guard let target = Shape(checking: [shape[0] * groups, shape[1], shape[2], shape[3]]),
      target.elementCount <= 1 << 26
    else { throw Refusal("has \(groups) groups, which would need impossibly large weights") }
    guard let values = realNumbers(weights) else { throw Refusal("the weights are computed while running") }
    let (perGroup, inputs) = (shape.elementCount / max(shape[3], 1), shape[3])
    var dense = [Float](repeating: 0, count: target.elementCount)
    for group in 0..<groups {
      for row in 0..<perGroup {
        for input in group * (inputs / groups)..<(group + 1) * (inputs / groups) {
          dense[(group * perGroup + row) * inputs + input] = values[row * inputs + input]
        }
      }
    }
    return constant(floats: dense, shape: target.dimensions, "weights")
  }
}

extension ONNXWindow {
  /// Extents of a transposed convolution's output; sets the pads where `output_shape` or `auto_pad` leave them open.
  fileprivate mutating func transposedExtents(_ node: ONNXNode, rank: Int) throws(Refusal) -> [Int] {
    let count = rank - 2
    let extra =
      [Int](repeating: 0, count: 2 - count)
      + (try node.ints("output_padding", count: count, default: 0, in: 0...1 << 30))
    let mode = node.text("auto_pad", default: "NOTSET")
    var wanted: [Int]?
    if let given = node.ints("output_shape"), !given.isEmpty {
      guard given.count == count || given.count == rank, given.allSatisfy({ (1...1 << 30).contains($0) }) else {
        throw Refusal("output_shape is \(given)")
      }
      wanted = [Int](repeating: 1, count: 2 - count) + given.suffix(count)
    } else if mode == "SAME_UPPER" || mode == "SAME_LOWER" {
      wanted = zip(input, strides).map { $0 * $1 }
    }
    var extents: [Int] = []
    for axis in 0..<2 {
      guard extra[axis] < max(strides[axis], dilations[axis]) else {
        throw Refusal("output_padding is \(extra[axis]) with stride \(strides[axis]); it must be smaller")
      }
      let full = strides[axis] * (input[axis] - 1) + extra[axis] + reach(axis)
      if let wanted {
        let total = max(full - wanted[axis], 0)
        let smaller = total / 2
        before[axis] = mode == "SAME_UPPER" ? smaller : total - smaller
        after[axis] = total - before[axis]
        extents.append(wanted[axis])
      } else {
        extents.append(full - before[axis] - after[axis])
      }
      guard extents[axis] > 0, extents[axis] <= 1 << 30 else {
        throw Refusal("its output would have the extents \(extents)")
      }
    }
    return extents
  }

  /// Padding of the convolution that leads from the output to x.
  fileprivate func paddingAttributes(input extents: [Int]) -> [Attribute] {
    var window = self
    window.input = extents
    return window.paddingAttributes
  }
}
