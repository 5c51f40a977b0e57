import EdgeKernels
import EdgeModel
import EdgeTensor

extension Pass {
  /// The reverse of `lowerWeights`: weights in row-major order, and an int32 bias with its scales instead of the table of channels.
  ///
  /// The graph must be one that the runtime can plan.
  static let raiseWeights = Pass("raise-weights") { graph, report in
    var unpacked: [Int: Int] = [:]
    graph.filterNodes(&report) { graph, node throws(Refusal) in
      guard let form = WeightForm.byOperator[node.operatorName], let packed = node.inputs[form.weightsOperand] else {
        return true
      }
      if unpacked[packed] == nil {
        guard let tensor = graph.tensors[packed].unpacked(channelAxis: form.channelAxis) else {
          throw Refusal("the weights are not stored as this operator's kernels read them")
        }
        unpacked[packed] = tensor.layout == graph.tensors[packed].layout ? packed : graph.add(tensor)
      }
      node.inputs[form.weightsOperand] = unpacked[packed]
      if graph.input(form.xOperand, of: node)?.dataType == .int8 { try graph.raiseBias(&node, form) }
      return true
    }
  }
}

extension Graph {
  /// The first row of the table of channels, with the scale `scale_x · scale_w[c]`.
  fileprivate mutating func raiseBias(_ node: inout Node, _ form: WeightForm) throws(Refusal) {
    guard let weights = input(form.weightsOperand, of: node),
      let x = input(form.xOperand, of: node)?.singleQuantization,
      let scales = weights.quantization?.scales, let count = weights.shape?[form.channelAxis],
      let table = input(form.biasOperand, of: node)?.values(as: Int32.self), table.count >= count
    else { throw Refusal("x or the weights have no scale, or the table of channels is missing") }
    let products = scales.map { x.scale * $0 }
    node.inputs[form.biasOperand] = add(
      Tensor(
        name: node.name + "/bias", dataType: .int32, shape: Shape([count]),
        quantization: Quantization(scales: products, zeroPoints: products.map { _ in 0 }),
        data: Tensor.bytes(of: Array(table[..<count]))))
    node.attributes = Attributes(
      node.attributes.entries.filter {
        !["weight_zero_point", "accumulator_bound", "weights_include_minus_128"].contains($0.key)
      })
  }
}

extension Graph.Tensor {
  /// The same weights in row-major order; nil if there are fewer or more bytes than the layout has.
  /// - Parameter channelAxis: the dimension that counts output channels, first or last.
  func unpacked(channelAxis: Int) -> Graph.Tensor? {
    guard layout != .rowMajor else { return self }
    guard let shape, let data, shape.elementCount > 0, (0..<shape.rank).contains(channelAxis) else { return nil }
    let (channels, depth) = (shape[channelAxis], shape.elementCount / shape[channelAxis])
    let rows = shape.rank == 4 ? shape[1] : 1
    let width = dataType.byteCount
    var dense = data
    if layout == .o16k4Sparse {
      guard let whole = densified() else { return nil }
      dense = whole
    }
    let blockCount = (channels + 15) / 16
    let index: (_ channel: Int, _ k: Int) -> Int
    let expected: Int
    switch layout {
    case .o16k4, .o16k4Sparse:
      guard depth % rows == 0 else { return nil }
      let rowDepth = depth / rows
      expected = blockCount * 16 * rows * ((rowDepth + 3) / 4 * 4)
      index = {
        PackedWeights.o16k4Index(output: $0, row: $1 / rowDepth, k: $1 % rowDepth, rows: rows, rowDepth: rowDepth)
      }
    default:
      expected = blockCount * 16 * depth
      index = { PackedWeights.o16Index(output: $0, k: $1, depth: depth) }
    }
    guard dense.count == expected * width else { return nil }
    var tensor = self
    var plain = [UInt8](repeating: 0, count: shape.elementCount * width)
    for channel in 0..<channels {
      for k in 0..<depth {
        let source = index(channel, k) * width
        let target = (channelAxis == 0 ? channel * depth + k : k * channels + channel) * width
        for byte in 0..<width { plain[target + byte] = dense[source + byte] }
      }
    }
    tensor.layout = .rowMajor
    tensor.sparse = nil
    tensor.data = plain
    return tensor
  }

  /// Sparse weights with their blocks of zeros again: layout `o16k4`.
  private func densified() -> [UInt8]? {
    guard let shape, let data, let sparse, sparse.fits(shape), data.count == 64 * sparse.groups.count,
      let extents = SparseBlocks.extents(shape)
    else { return nil }
    var dense = [UInt8](repeating: 0, count: extents.channelBlocks * extents.groups * 64)
    for block in 0..<extents.channelBlocks {
      for stored in Int(sparse.starts[block])..<Int(sparse.starts[block + 1]) {
        let target = (block * extents.groups + Int(sparse.groups[stored])) * 64
        dense.replaceSubrange(target..<target + 64, with: data[stored * 64..<stored * 64 + 64])
      }
    }
    return dense
  }
}
