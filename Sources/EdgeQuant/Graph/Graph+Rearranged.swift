import EdgeTensor

extension Graph.Tensor {
  /// The constant with axis i being axis `permutation[i]` of this one. Scales along an axis follow it.
  /// - Precondition: a row-major constant; `permutation` names each axis once.
  func transposed(_ permutation: [Int]) -> Graph.Tensor? {
    guard let data, let shape, permutation.count == shape.rank else { return nil }
    var result = self
    let target = Shape(permutation.map { shape[$0] })
    result.shape = target
    result.data = Graph.Tensor.moved(
      data, extents: target.dimensions, strides: permutation.map { shape.strides[$0] }, size: dataType.byteCount)
    if let quantization, quantization.isPerChannel {
      guard let axis = permutation.firstIndex(of: quantization.axis) else { return nil }
      result.quantization?.axis = axis
    }
    return result
  }

  /// The constant under another shape, nil if its scales run along an axis that has no counterpart there.
  /// - Precondition: the shapes have equally many elements.
  func reshaped(_ target: Shape) -> Graph.Tensor? {
    var result = self
    result.shape = target
    guard let shape, let quantization, quantization.isPerChannel else { return result }
    let before = shape.dimensions[..<quantization.axis].reduce(1, *)
    var product = 1
    for (axis, extent) in target.dimensions.enumerated() {
      if product == before, extent == quantization.scales.count {
        result.quantization?.axis = axis
        return result
      }
      product *= extent
    }
    return nil
  }

  /// Elements of `size` bytes in row-major order of `extents`, taken from places that `strides` (in elements) give.
  private static func moved(_ data: [UInt8], extents: [Int], strides: [Int], size: Int) -> [UInt8] {
    guard !data.isEmpty, let last = extents.last, let step = strides.last else { return data }
    var result: [UInt8] = []
    result.reserveCapacity(data.count)
    func add(_ axis: Int, _ offset: Int) {
      guard axis < extents.count - 1 else {
        for index in 0..<last {
          let start = (offset + index * step) * size
          for byte in start..<start + size { result.append(data[byte]) }
        }
        return
      }
      for index in 0..<extents[axis] { add(axis + 1, offset + index * strides[axis]) }
    }
    add(0, 0)
    return result
  }
}
