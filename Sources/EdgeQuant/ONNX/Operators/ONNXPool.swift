import EdgeModel
import EdgeTensor

extension ONNXOperator {
  static let maxPool: Add = { node, builder throws(Refusal) in
    try node.requireOneOutput("Indices")
    let x = try node.input(0, "x")
    return [try builder.maxPool(x, try ONNXWindow(node, pooling: builder.shape(x)))]
  }

  static let averagePool: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    return [
      try builder.averagePool(
        x, try ONNXWindow(node, pooling: builder.shape(x)),
        countsPadding: node.int("count_include_pad", default: 0) != 0)
    ]
  }

  /// Mean or maximum of each channel: `[N, C, …]` to `[N, C, 1, …]`.
  static func globalPool(_ operatorName: String) -> Add {
    { node, builder throws(Refusal) in [try builder.globalPool(operatorName, try node.input(0, "x"))] }
  }
}

extension ONNXBuilder {
  mutating func maxPool(_ x: Int, _ window: ONNXWindow) throws(Refusal) -> Int {
    guard window.dilations == [1, 1] else { return try dilatedMaxPool(x, window) }
    let y = try emit(
      "max_pool_2d", [try picture(x)], window.paddingAttributes + window.strideAttributes + window.filterAttributes)
    return try unpicture(y, rank: shape(x).rank)
  }

  /// The largest of shifted copies of the padded picture, first along height, then along width.
  private mutating func dilatedMaxPool(_ x: Int, _ window: ONNXWindow) throws(Refusal) -> Int {
    guard dataType(x) == .float32 else {
      throw Refusal("dilations are \(window.dilations) and x is \(dataType(x)); supported: float32")
    }
    var y = try picture(x)
    if (window.before + window.after).contains(where: { $0 > 0 }) {
      let pads = (0..<2).flatMap { [window.before[$0], window.after[$0]] }
      y = try emit(
        "padv2",
        [
          y, constant([0, 0] + pads + [0, 0], shape: [4, 2], "pads"),
          constant(floats: [-.infinity], shape: [1], "lowest"),
        ])
    }
    for axis in 0..<2 where window.kernel[axis] > 1 || window.strides[axis] > 1 {
      let extents = shape(y).dimensions
      let room = extents[axis + 1] - (window.kernel[axis] - 1) * window.dilations[axis]
      guard room > 0 else { throw Refusal("x is smaller than the window") }
      var largest: Int?
      for tap in 0..<window.kernel[axis] {
        var (begin, end, strides) = ([0, 0, 0, 0], extents, [1, 1, 1, 1])
        begin[axis + 1] = tap * window.dilations[axis]
        end[axis + 1] = begin[axis + 1] + room
        strides[axis + 1] = window.strides[axis]
        let shifted = try emit(
          "strided_slice", [y, constant(begin, "begin"), constant(end, "end"), constant(strides, "strides")])
        largest = try largest.map { largest throws(Refusal) in try emit("maximum", [largest, shifted]) } ?? shifted
      }
      y = largest ?? y
    }
    return try unpicture(y, rank: shape(x).rank)
  }

  /// - Parameter countsPadding: whether the zeros of the padding take part in the mean.
  mutating func averagePool(_ x: Int, _ window: ONNXWindow, countsPadding: Bool) throws(Refusal) -> Int {
    guard window.dilations == [1, 1] else {
      throw Refusal("dilations are \(window.dilations); supported: 1, or MaxPool")
    }
    var window = window
    var picture = try picture(x)
    if countsPadding, (window.declaredBefore + window.declaredAfter).contains(where: { $0 > 0 }) {
      let pads = (0..<2).flatMap { [window.declaredBefore[$0], window.declaredAfter[$0]] }
      picture = try emit("pad", [picture, constant([0, 0] + pads + [0, 0], shape: [4, 2], "pads")])
      window = window.padded()
    }
    let y = try emit(
      "average_pool_2d", [picture], window.paddingAttributes + window.strideAttributes + window.filterAttributes)
    return try unpicture(y, rank: shape(x).rank)
  }

  mutating func globalPool(_ operatorName: String, _ x: Int) throws(Refusal) -> Int {
    let rank = shape(x).rank
    guard rank >= 3 else { throw Refusal("x has shape \(shape(x)); needs at least rank 3") }
    let axes = constant(Array(1..<rank - 1), "axes")
    let y = try emit(operatorName, [try channelsLast(x), axes], [Attribute("keep_dims", ints: [1])])
    return try channelsFirst(y)
  }
}

extension ONNXWindow {
  /// The windows of a pool. With `ceil_mode` the last window may begin inside and end outside: padding after grows by what it lacks,
  /// which takes no part in a mean.
  init(_ node: ONNXNode, pooling x: Shape) throws(Refusal) {
    try self.init(node, x: x, kernel: nil)
    (declaredBefore, declaredAfter) = (before, after)
    guard node.int("ceil_mode", default: 0) != 0, ["NOTSET", ""].contains(node.text("auto_pad", default: "")) else {
      return
    }
    for axis in 0..<2 {
      let room = input[axis] + before[axis] + after[axis] - reach(axis)
      guard room >= 0 else { throw Refusal("x is smaller than the window") }
      var outputs = (room + strides[axis] - 1) / strides[axis] + 1
      // A window that would begin in the padding after x does not count.
      if (outputs - 1) * strides[axis] >= input[axis] + before[axis] { outputs -= 1 }
      after[axis] += max((outputs - 1) * strides[axis] - room, 0)
    }
  }

  /// The same windows over an x to which the declared padding has been added.
  fileprivate func padded() -> ONNXWindow {
    var window = self
    window.input = (0..<2).map { input[$0] + declaredBefore[$0] + declaredAfter[$0] }
    for axis in 0..<2 {
      window.before[axis] -= declaredBefore[axis]
      window.after[axis] -= declaredAfter[axis]
    }
    (window.declaredBefore, window.declaredAfter) = ([0, 0], [0, 0])
    return window
  }
}
