import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Slices chosen by an index along one axis: `y[b, o, i, s] = params[b, o, indices[b, i], s]`.
  ///
  /// Inputs: params of any type; indices, int32 or int64, constant or not, in range. Attributes: `axis` of params, absent means 0;
  /// `batch_dims`, how many leading axes both have in common, absent means 0. Output: params' shape with that axis replaced by the indices'
  /// shape after the common axes.
  static let gather = OperatorDefinition(
    "gather", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      let params = try node.input(0, "params")
      let (indices, geometry) = (try node.indices(), try node.gatherGeometry())
      let extents =
        params.shape.dimensions[..<geometry.axis] + indices.shape.dimensions[geometry.batchRank...]
        + params.shape.dimensions[(geometry.axis + 1)...]
      return [try OutputType(params.dataType, checking: Array(extents))]
    },
    plan: { context throws(PlanError) in
      let (params, indices) = (try context.node.input(0, "params"), try context.node.indices())
      let geometry = try context.node.gatherGeometry()
      func product(_ shape: Shape, _ axes: Range<Int>) -> Int { axes.reduce(1) { $0 * shape[$1] } }
      let count = product(indices.shape, geometry.batchRank..<indices.shape.rank)
      let outer = product(params.shape, geometry.batchRank..<geometry.axis)
      let slice = product(params.shape, geometry.axis + 1..<params.shape.rank)
      let kernel = Gather(
        outer: outer, limit: params.shape[geometry.axis], count: count,
        sliceByteCount: slice * params.dataType.byteCount)
      return context.gather(kernel, sliceCount: product(params.shape, 0..<geometry.axis) * count, indices.dataType)
    })

  /// Slices chosen by an index along each of several leading axes: `y[i, s] = params[indices[i, 0], indices[i, 1], …, s]`.
  ///
  /// Inputs: params of any type; indices `[…, K]`, int32 or int64, constant or not, in range, K at most params' rank.
  /// Output: indices' shape without K, then params' shape after its first K axes.
  static let gatherND = OperatorDefinition(
    "gather_nd", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      let (params, indices) = (try node.input(0, "params"), try node.indices())
      guard let depth = indices.shape.dimensions.last, depth <= params.shape.rank else {
        throw .shapeMismatch(operand: "indices", expected: params.shape, got: indices.shape)
      }
      let extents = indices.shape.dimensions.dropLast() + params.shape.dimensions[depth...]
      return [try OutputType(params.dataType, checking: Array(extents))]
    },
    plan: { context throws(PlanError) in
      let (params, indices) = (try context.node.input(0, "params"), try context.node.indices())
      let depth = indices.shape.dimensions.last ?? 0
      let slice = params.shape.dimensions[depth...].reduce(1, *)
      let kernel = GatherND(
        extents: Array(params.shape.dimensions[..<depth]), sliceByteCount: slice * params.dataType.byteCount)
      return context.gather(
        kernel, sliceCount: indices.shape.dimensions.dropLast().reduce(1, *), indices.dataType)
    })
}

extension PlanContext {
  /// A step whose unit is one slice of the output; none where the output is empty.
  fileprivate func gather<Kernel: SliceGather>(_ kernel: Kernel, sliceCount: Int, _ indexType: DataType) -> Step {
    let (params, indices, y) = (inputs[0], inputs[1], outputs[0])
    let isEmpty = node.outputs[0].shape.elementCount == 0
    return Step(unitCount: isEmpty ? 0 : sliceCount) { frame, slices throws(InvokeError) in
      let source = UnsafeRawPointer(frame.read(params, as: UInt8.self))
      let target = UnsafeMutableRawPointer(frame.write(y, as: UInt8.self))
      let bad =
        indexType == .int64
        ? kernel.run(slices, source, frame.read(indices, as: Int64.self), target)
        : kernel.run(slices, source, frame.read(indices, as: Int32.self), target)
      if let bad { throw .indexOutOfRange(index: bad.index, limit: bad.limit) }
    }
  }
}

extension Node {
  fileprivate func indices() throws(PlanError) -> TensorType {
    let indices = try input(1, "indices")
    guard indices.dataType == .int32 || indices.dataType == .int64 else {
      throw .unsupportedType(operand: "indices", got: indices.dataType, supported: "int32, int64")
    }
    return indices
  }

  /// The indexed axis of params, and how many leading axes params and indices share.
  fileprivate func gatherGeometry() throws(PlanError) -> (axis: Int, batchRank: Int) {
    let (params, indices) = (try input(0, "params").shape, try indices().shape)
    let axis = try axis(attributes.int("axis") ?? 0, rank: params.rank, "axis")
    let declared = attributes.int("batch_dims") ?? 0
    let batchRank = declared < 0 ? declared + indices.rank : declared
    guard (0...min(axis, indices.rank)).contains(batchRank) else {
      throw .badAttribute("batch_dims", reason: "more than the axis or the indices' rank")
    }
    for i in 0..<batchRank where params[i] != indices[i] {
      throw .shapeMismatch(operand: "indices", expected: params, got: indices)
    }
    return (axis, batchRank)
  }
}
