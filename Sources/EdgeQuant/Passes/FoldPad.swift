import EdgeKernels
import EdgeModel
import EdgeTensor

extension Pass {
  /// Lets a convolution pad its input itself where a `pad` with zeros stands before it, a max pool too where zeros cannot be the largest,
  /// and writes explicit padding as "same" or "valid" where it is.
  static let foldPad = Pass("fold-pad") { graph, _ in
    graph.rewrite { graph, index, links in graph.foldPad(into: index, links) }
    for index in graph.nodes.indices { graph.namePadding(of: index) }
  }
}

extension Graph {
  fileprivate mutating func foldPad(into index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard ["conv_2d", "depthwise_conv_2d", "max_pool_2d"].contains(node.operatorName), let padded = node.inputs[0],
      let producer = links.producer[padded], let pads = spatialPads(nodes[producer]), let x = nodes[producer].inputs[0],
      let axes = windowAxes(of: node), axes.count == 2
    else { return false }
    guard tensors[x].dataType == .float32 || tensors[x].quantization == tensors[padded].quantization else {
      return false
    }
    guard node.operatorName != "max_pool_2d" ? fill(nodes[producer]) == 0 : isNeverLargest(nodes[producer], links)
    else {
      return false
    }
    // What the window pads already, at top, left, bottom and right.
    let own = axes.map { axis in
      let reached = (axis.outputExtent - 1) * axis.stride + (axis.kernelExtent - 1) * axis.dilation + 1
      return (before: axis.paddingBefore, after: max(reached - axis.paddingBefore - axis.inputExtent, 0))
    }
    let sums = [
      pads[0] + own[0].before, pads[1] + own[1].before, pads[2] + own[0].after, pads[3] + own[1].after,
    ]
    guard let shape = tensors[x].shape else { return false }
    var folded = node
    folded.inputs[0] = x
    folded.attributes.set(Attribute("padding", text: "explicit"))
    folded.attributes.set(Attribute("pads", ints: sums.map { Int64($0) }))
    // The same windows must come out, which they do not where padding is as wide as the kernel.
    guard shape.rank == 4, let result = windowAxes(of: folded),
      zip(result, axes).allSatisfy({ $0.outputExtent == $1.outputExtent })
    else { return false }
    nodes[index] = folded
    return true
  }

  /// Top, left, bottom and right of a `pad` that leaves batch and channels alone.
  private func spatialPads(_ node: Node) -> [Int]? {
    guard ["pad", "padv2"].contains(node.operatorName), node.inputs.count > 1,
      let values = constantInts(node.inputs[1]), values.count == 8, values.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }),
      [values[0], values[1], values[6], values[7]].allSatisfy({ $0 == 0 })
    else { return nil }
    return [values[2], values[4], values[3], values[5]]
  }

  /// The real number that a `pad` fills with.
  private func fill(_ node: Node) -> Float? {
    guard node.operatorName == "padv2", node.inputs.count > 2, let value = node.inputs[2] else { return 0 }
    if tensors[value].dataType == .float32 { return scalar(value) }
    return tensors[value].dequantized()?.first
  }

  private func isNeverLargest(_ node: Node, _ links: Links) -> Bool {
    guard let fill = fill(node), let x = node.inputs[0] else { return false }
    if fill <= -Float.greatestFiniteMagnitude { return true }
    guard let producer = links.producer[x] else { return false }
    let name = nodes[producer].attributes.text("activation") ?? "none"
    let range = Clamps.named.first { $0.name == (name == "none" ? nodes[producer].operatorName : name) }?.range
    return range.map { fill <= $0.lowerBound } ?? false
  }

  /// Rows and columns of a convolution or pool; nil if its attributes do not say.
  private func windowAxes(of node: Node) -> [WindowAxis]? {
    guard let x = input(0, of: node)?.shape, x.rank == 4, let name = node.attributes.text("padding") else { return nil }
    let isPool = node.operatorName.hasSuffix("pool_2d")
    let weights = isPool ? nil : input(1, of: node)?.shape
    let kernel = [
      isPool ? node.attributes.int("filter_h") : weights?.dimensions.dropFirst(1).first,
      isPool ? node.attributes.int("filter_w") : weights?.dimensions.dropFirst(2).first,
    ]
    let strides = [node.attributes.int("stride_h"), node.attributes.int("stride_w")]
    let dilations = [node.attributes.int("dilation_h"), node.attributes.int("dilation_w")]
    let pads = node.attributes.ints("pads") ?? []
    var axes: [WindowAxis] = []
    for i in 0..<2 {
      let padding: Padding
      switch name {
      case "same": padding = .same
      case "valid": padding = .valid
      case "explicit" where pads.count == 4: padding = .explicit(before: pads[i], after: pads[i + 2])
      default: return nil
      }
      guard let extent = kernel[i],
        let axis = WindowAxis(
          input: x[i + 1], kernel: extent, stride: strides[i] ?? 1, dilation: dilations[i] ?? 1, padding: padding)
      else { return nil }
      axes.append(axis)
    }
    return axes
  }

  /// Padding in the words of TensorFlow Lite, if they say the same.
  fileprivate mutating func namePadding(of index: Int) {
    let node = nodes[index]
    guard node.attributes.text("padding") == "explicit", node.operatorName != "transpose_conv",
      let axes = windowAxes(of: node)
    else { return }
    for name in ["valid", "same"] {
      var renamed = node
      renamed.attributes.set(Attribute("padding", text: name))
      guard let other = windowAxes(of: renamed), other == axes else { continue }
      renamed.attributes = Attributes(renamed.attributes.entries.filter { $0.key != "pads" })
      nodes[index] = renamed
      return
    }
  }
}
