import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// Elements around a tensor: a constant, its mirror image, its edge, or the tensor again. Negative pads cut elements off.
  static let pad: Add = { node, builder throws(Refusal) in
    var x = try node.input(0, "x")
    let shape = builder.shape(x)
    let pads = try builder.ints(try node.input(1, "pads"), "pads")
    let given = try node.optionalInput(3).map { tensor throws(Refusal) in try builder.ints(tensor, "axes") }
    let axes = try builder.axes(given ?? Array(0..<shape.rank), rank: shape.rank)
    guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude <= 1 << 30 }) else {
      throw Refusal("pads are \(pads) for the shape \(shape)")
    }
    var before = [Int](repeating: 0, count: shape.rank)
    var after = before
    for (index, axis) in axes.enumerated() { (before[axis], after[axis]) = (pads[index], pads[axes.count + index]) }
    if (before + after).contains(where: { $0 < 0 }) {
      let ranges = (0..<shape.rank).map { axis in
        let (cutBefore, cutAfter) = (max(-before[axis], 0), max(-after[axis], 0))
        return SliceRange(first: cutBefore, count: shape[axis] - cutBefore - cutAfter, step: 1)
      }
      guard ranges.allSatisfy({ $0.count >= 0 }) else { throw Refusal("pads \(pads) cut more than \(shape) has") }
      x = try builder.slice(x, ranges)
    }
    let mode = node.text("mode", default: "constant")
    let (first, last) = (before.map { max($0, 0) }, after.map { max($0, 0) })
    if (first + last).allSatisfy({ $0 == 0 }) { return [x] }
    let paddings = (0..<shape.rank).flatMap { [first[$0], last[$0]] }
    switch mode {
    case "constant":
      let table = builder.constant(paddings, shape: [shape.rank, 2], "pads")
      guard let value = node.optionalInput(2), try !builder.isZero(value) else {
        return [try builder.emit("pad", [x, table])]
      }
      guard builder.shape(value).elementCount == 1, builder.dataType(value) == .float32 else {
        throw Refusal("the value is \(builder.tensor(value).typeDescription); supported: one float32 number")
      }
      return [try builder.emit("padv2", [x, table, try builder.reshape(value, [])])]
    case "reflect", "edge", "wrap":
      let fits = (0..<shape.rank).allSatisfy { max(first[$0], last[$0]) < max(builder.shape(x)[$0], 1) }
      if mode == "reflect", fits {
        let table = builder.constant(paddings, shape: [shape.rank, 2], "pads")
        return [try builder.emit("mirror_pad", [x, table], [Attribute("mode", text: "reflect")])]
      }
      for axis in 0..<shape.rank where first[axis] + last[axis] > 0 {
        x = try builder.continued(x, axis, before: first[axis], after: last[axis], mode)
      }
      return [x]
    default: throw Refusal("mode is \"\(mode)\"; supported: constant, reflect, edge, wrap")
    }
  }
}

extension ONNXBuilder {
  /// Whether a constant operand is the default, 0.
  fileprivate func isZero(_ tensor: Int) throws(Refusal) -> Bool {
    guard let data = graph.tensors[tensor].data else {
      throw Refusal("the value is computed while running; only a constant is supported")
    }
    // Quantized tensors are padded with codes, of which only the zero point is 0.
    if let quantization = graph.tensors[tensor].quantization {
      return quantization.zeroPoints == [0] && data.allSatisfy { $0 == 0 }
    }
    return data.allSatisfy { $0 == 0 }
  }

  /// x longer along one axis by elements of itself.
  fileprivate mutating func continued(
    _ x: Int, _ axis: Int, before: Int, after: Int, _ mode: String
  ) throws(Refusal) -> Int {
    let extent = shape(x)[axis]
    guard extent > 0, extent + before + after <= ONNXBuilder.maximumIndexCount else {
      throw Refusal("pads \(extent) elements by \(before) and \(after)")
    }
    let indices = (-before..<extent + after).map { position in
      switch mode {
      case "edge": return min(max(position, 0), extent - 1)
      case "wrap": return ((position % extent) + extent) % extent
      default:
        guard extent > 1 else { return 0 }
        let period = 2 * (extent - 1)
        let place = ((position % period) + period) % period
        return min(place, period - place)
      }
    }
    return try gather(x, indices, axis: axis)
  }
}
