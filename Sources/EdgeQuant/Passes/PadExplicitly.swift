import EdgeModel
import EdgeTensor

extension Pass {
  /// Writes explicit padding, which TensorFlow Lite's windows lack, as a `pad` before the window or a `slice` behind a transposed
  /// convolution. Averages cannot be written so, since they count the elements inside the picture.
  static let padExplicitly = Pass("pad-explicitly") { graph, report in
    var nodes: [Graph.Node] = []
    for node in graph.nodes {
      guard node.attributes.text("padding") == "explicit", let pads = node.attributes.ints("pads"), pads.count == 4
      else {
        nodes.append(node)
        continue
      }
      var window = node
      window.attributes.set(Attribute("padding", text: "valid"))
      switch node.operatorName {
      case "conv_2d", "depthwise_conv_2d", "max_pool_2d":
        let padding = graph.padding(pads, for: node)
        window.inputs[0] = padding.outputs[0]
        nodes += [padding, window]
      case "transpose_conv":
        nodes += graph.cropped(&window, pads)
      default:
        report.refuse(
          node,
          "pads \(pads) at top, left, bottom and right: TensorFlow Lite's \(node.operatorName) knows only SAME and VALID"
        )
      }
    }
    graph.nodes = nodes
  }
}

extension Graph {
  /// A `pad` with zeros, or for a max pool with what is never the largest.
  /// - Precondition: the runtime can plan `node`, so its input is NHWC.
  fileprivate mutating func padding(_ pads: [Int], for node: Node) -> Node {
    guard let x = node.inputs[0], let shape = tensors[x].shape else { preconditionFailure("\(node.name) has no input") }
    var padded = tensors[x]
    padded.data = nil
    padded.name = node.name + "/padded"
    padded.shape = Shape([shape[0], shape[1] + pads[0] + pads[2], shape[2] + pads[1] + pads[3], shape[3]])
    let output = add(padded)
    let amounts = addConstant(
      node.name + "/paddings", .int32, [4, 2], [0, 0, pads[0], pads[2], pads[1], pads[3], 0, 0].map { Int32($0) })
    var inputs: [Int?] = [x, amounts]
    if node.operatorName == "max_pool_2d" {
      let isFloat = padded.dataType == .float32
      let lowest = isFloat ? Tensor.bytes(of: [-Float.infinity]) : Tensor.bytes(of: [Int8.min])
      inputs.append(
        add(
          Tensor(
            name: node.name + "/lowest", dataType: padded.dataType, shape: Shape([1]),
            quantization: padded.quantization, data: lowest)))
    }
    return Node(
      inputs.count == 3 ? "padv2" : "pad", name: padded.name, inputs: inputs, outputs: [output], source: node.source)
  }

  /// The transposed convolution to the padded extents, and a `slice` of what lies inside.
  /// - Precondition: as above.
  fileprivate mutating func cropped(_ node: inout Node, _ pads: [Int]) -> [Node] {
    let output = node.outputs[0]
    guard let inside = tensors[output].shape else { preconditionFailure("\(node.name) has no output shape") }
    let extents = [inside[0], inside[1] + pads[0] + pads[2], inside[2] + pads[1] + pads[3], inside[3]]
    var whole = tensors[output]
    whole.name = node.name + "/whole"
    whole.shape = Shape(extents)
    node.outputs = [add(whole)]
    node.inputs[0] = addConstant(node.name + "/extents", .int32, [4], extents.map { Int32($0) })
    let begin = addConstant(node.name + "/begin", .int32, [4], [0, pads[0], pads[1], 0].map { Int32($0) })
    let size = addConstant(node.name + "/size", .int32, [4], inside.dimensions.map { Int32($0) })
    let slice = Node(
      "slice", name: node.name, inputs: [node.outputs[0], begin, size], outputs: [output], source: node.source)
    return [node, slice]
  }
}
