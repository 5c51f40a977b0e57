import EdgeKernels
import EdgeModel
import EdgeTensor

/// Where the windows of a convolution or pool lie along height and width.
struct ONNXWindow {
  /// Per axis, height first; of one-dimensional operators the height is 1.
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  var input: [Int]
  /// Padding as the file declares it, without what `ceil_mode` adds.
  var declaredBefore: [Int] = []
  var declaredAfter: [Int] = []

  /// - Parameters:
  ///   - x: of rank 3 (`[N, C, W]`) or 4 (`[N, C, H, W]`).
  ///   - kernel: extents of the spatial axes; nil takes the attribute `kernel_shape`.
  init(_ node: ONNXNode, x: Shape, kernel: [Int]?) throws(Refusal) {
    let count = x.rank - 2
    guard count == 1 || count == 2 else {
      throw Refusal("x has shape \(x), rank \(x.rank); supported: rank 4 (NCHW) and 3 (NCW)")
    }
    let added = [Int](repeating: 1, count: 2 - count)
    let declared = try node.ints("kernel_shape", count: count, default: 0)
    guard kernel != nil || !declared.contains(0) else { throw Refusal("kernel_shape is missing") }
    if let kernel, node.has("kernel_shape"), kernel != declared {
      throw Refusal("kernel_shape is \(declared), the weights have \(kernel)")
    }
    self.kernel = added + (kernel ?? declared)
    strides = added + (try node.ints("strides", count: count, default: 1))
    dilations = added + (try node.ints("dilations", count: count, default: 1))
    let pads = try node.ints("pads", count: 2 * count, default: 0, in: 0...1 << 30)
    let none = [Int](repeating: 0, count: 2 - count)
    before = none + pads[..<count]
    after = none + pads[count...]
    input = added + x.dimensions[2...]
    guard
      zip(self.kernel, dilations).allSatisfy({ ($0 - 1).multipliedReportingOverflow(by: $1).partialValue < 1 << 31 }),
      zip(self.kernel, dilations).allSatisfy({ !($0 - 1).multipliedReportingOverflow(by: $1).overflow })
    else { throw Refusal("kernel_shape \(self.kernel) with dilations \(dilations) is impossibly large") }
    try setAutomaticPadding(node)
  }

  /// Positions a window reaches over along an axis.
  func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  private mutating func setAutomaticPadding(_ node: ONNXNode) throws(Refusal) {
    let mode = node.text("auto_pad", default: "NOTSET")
    switch mode {
    case "NOTSET", "": return
    case "VALID": (before, after) = ([0, 0], [0, 0])
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<2 {
        let outputs = (input[axis] + strides[axis] - 1) / strides[axis]
        let total = max((outputs - 1) * strides[axis] + reach(axis) - input[axis], 0)
        let smaller = total / 2
        before[axis] = mode == "SAME_UPPER" ? smaller : total - smaller
        after[axis] = total - before[axis]
      }
    default: throw Refusal("auto_pad is \"\(mode)\"; supported: NOTSET, VALID, SAME_UPPER, SAME_LOWER")
    }
  }

  /// `padding` as the runtime has it, with `pads` if it is neither of the two rules.
  var paddingAttributes: [Attribute] {
    if (before + after).allSatisfy({ $0 == 0 }) { return [Attribute("padding", text: "valid")] }
    let isSame = (0..<2).allSatisfy { axis in
      guard
        let same = WindowAxis(
          input: input[axis], kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis], padding: .same)
      else { return false }
      let total = max((same.outputExtent - 1) * strides[axis] + reach(axis) - input[axis], 0)
      return before[axis] == same.paddingBefore && after[axis] == total - same.paddingBefore
    }
    if isSame { return [Attribute("padding", text: "same")] }
    let pads = [before[0], before[1], after[0], after[1]].map { Int64($0) }
    return [Attribute("padding", text: "explicit"), Attribute("pads", ints: pads)]
  }

  var strideAttributes: [Attribute] {
    [Attribute("stride_h", ints: [Int64(strides[0])]), Attribute("stride_w", ints: [Int64(strides[1])])]
  }

  var dilationAttributes: [Attribute] {
    [Attribute("dilation_h", ints: [Int64(dilations[0])]), Attribute("dilation_w", ints: [Int64(dilations[1])])]
  }

  var filterAttributes: [Attribute] {
    [Attribute("filter_h", ints: [Int64(kernel[0])]), Attribute("filter_w", ints: [Int64(kernel[1])])]
  }
}

extension ONNXBuilder {
  /// x as NHWC: `[N, C, H, W]` is transposed, `[N, C, W]` becomes `[N, 1, W, C]`.
  mutating func picture(_ x: Int) throws(Refusal) -> Int {
    let shape = shape(x)
    guard shape.rank == 3 else { return try channelsLast(x) }
    return try reshape(try channelsLast(x), [shape[0], 1, shape[2], shape[1]])
  }

  /// The way back: an NHWC result as the ONNX operator gives it, for an x of the given rank.
  mutating func unpicture(_ y: Int, rank: Int) throws(Refusal) -> Int {
    guard rank == 3 else { return try channelsFirst(y) }
    let shape = shape(y)
    return try channelsFirst(try reshape(y, [shape[0], shape[2], shape[3]]))
  }
}
