import EdgeKernels
import EdgeTensor

/// What each output position of a layer with weights reads, as rows of a matrix: im2col, position by position.
///
/// A row has `depth` elements, kernel rows, then columns, then channels; positions outside x give 0. A layer whose channels see only a part
/// of x's (depthwise, grouped) has `groupCount` rows for each position.
struct LayerPatches {
  /// Elements that one output channel reads.
  let depth: Int
  let groupCount: Int
  /// Output positions of a sample.
  let positionCount: Int
  private let rows: WindowAxis
  private let columns: WindowAxis
  private let channelCount: Int

  /// nil for operators whose outputs are not rows times weights (transposed convolution) and for shapes that cannot be.
  init?(_ node: Graph.Node, _ graph: Graph) {
    guard let form = WeightForm.byOperator[node.operatorName],
      let x = graph.input(form.xOperand, of: node)?.shape,
      let w = graph.input(form.weightsOperand, of: node)?.shape,
      let y = graph.tensors[node.outputs[0]].shape
    else { return nil }
    switch node.operatorName {
    case "fully_connected":
      let one = WindowAxis(input: 1, kernel: 1, stride: 1, padding: .valid)!
      (rows, columns, channelCount, depth, groupCount) = (one, one, w[1], w[1], 1)
      positionCount = w[1] == 0 ? 0 : x.elementCount / w[1]
    case "conv_2d", "depthwise_conv_2d":
      guard x.rank == 4, y.rank == 4, w.rank == 4, let axes = LayerPatches.axes(node, x, w) else { return nil }
      (rows, columns) = axes
      channelCount = x[3]
      groupCount = node.operatorName == "conv_2d" ? max(x[3] / max(w[3], 1), 1) : x[3]
      depth = w[1] * w[2] * (x[3] / groupCount)
      positionCount = x[0] * y[1] * y[2]
      guard y[1] == rows.outputExtent, y[2] == columns.outputExtent else { return nil }
    default: return nil
    }
  }

  static func axes(_ node: Graph.Node, _ x: Shape, _ w: Shape) -> (WindowAxis, WindowAxis)? {
    let attributes = node.attributes
    func axis(_ input: Int, _ kernel: Int, _ suffix: String, _ before: Int, _ after: Int) -> WindowAxis? {
      let padding: Padding =
        switch attributes.text("padding") {
        case "same": .same
        case "explicit": .explicit(before: before, after: after)
        default: .valid
        }
      let isRows = suffix == "h"
      return WindowAxis(
        input: input, kernel: kernel, stride: (isRows ? attributes.int("stride_h") : attributes.int("stride_w")) ?? 1,
        dilation: (isRows ? attributes.int("dilation_h") : attributes.int("dilation_w")) ?? 1, padding: padding)
    }
    let pads = attributes.ints("pads") ?? [0, 0, 0, 0]
    guard pads.count == 4, let rows = axis(x[1], w[1], "h", pads[0], pads[2]),
      let columns = axis(x[2], w[2], "w", pads[1], pads[3])
    else { return nil }
    return (rows, columns)
  }

  /// Appends the row of one position and group.
  /// - Parameters:
  ///   - x: the layer's input, one sample.
  ///   - value: makes an element of what is appended.
  func append(
    position: Int, group: Int, of x: UnsafeBufferPointer<Float>, to patch: inout [Double], _ value: (Float) -> Double
  ) {
    let groupChannels = channelCount / groupCount
    let (column, rest) = (position % columns.outputExtent, position / columns.outputExtent)
    let (row, image) = (rest % rows.outputExtent, rest / rows.outputExtent)
    for kernelRow in 0..<rows.kernelExtent {
      let y = rows.start(row) + kernelRow * rows.dilation
      for kernelColumn in 0..<columns.kernelExtent {
        let xPosition = columns.start(column) + kernelColumn * columns.dilation
        guard (0..<rows.inputExtent).contains(y), (0..<columns.inputExtent).contains(xPosition) else {
          for _ in 0..<groupChannels { patch.append(0) }
          continue
        }
        let pixel = (image * rows.inputExtent + y) * columns.inputExtent + xPosition
        let start = pixel * channelCount + group * groupChannels
        for channel in start..<start + groupChannels { patch.append(value(x[channel])) }
      }
    }
  }
}
