import EdgeTensor

extension TFLiteImporter {
  enum TensorRole {
    /// Data that the file may have for a model input is not looked at.
    case input
    /// Written by an operator.
    case result
    case constant
  }

  /// A tensor of the file as the graph has it, or why the graph cannot have it.
  static func tensor(_ tensor: TFLiteFile.Tensor, name: String, _ role: TensorRole) -> Result<Graph.Tensor, Refusal> {
    if tensor.isVariable { return .failure(Refusal("is a variable; models with state are not supported")) }
    if tensor.isSparse { return .failure(Refusal("is sparse; convert the model with dense weights")) }
    if tensor.isExternal { return .failure(Refusal("lies in another file; store the model in one file")) }
    let isHalf = tensor.type == TFLiteSchema.float16Type && tensor.data != nil
    guard let dataType = isHalf ? .float32 : DataType(tflite: tensor.type) else {
      let names = TFLiteSchema.typeNames
      let type = names.indices.contains(Int(tensor.type)) ? names[Int(tensor.type)] : "type \(tensor.type)"
      return .failure(Refusal("is \(type); supported: float32, int8, uint8, int32, int64, bool, and float16 constants"))
    }

    // An empty shape is that of a scalar and also what files leave out for tensors whose shape is known only when running.
    let extents = tensor.shape.isEmpty ? tensor.shapeSignature.map { $0 == -1 ? 1 : $0 } : tensor.shape
    guard let stored = Shape(checking: extents.map { Int($0) }) else {
      return .failure(Refusal("has the impossible shape \(extents)"))
    }
    let quantization: Graph.Quantization?
    switch self.quantization(tensor, dataType, stored) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let value): quantization = value
    }
    var data: [UInt8]?
    switch role {
    case .input: break
    case .result:
      if tensor.data != nil { return .failure(Refusal("is computed but has constant data")) }
    case .constant:
      guard tensor.data != nil || stored.elementCount == 0 else {
        return .failure(Refusal("has no data and is never computed"))
      }
      data = isHalf ? tensor.data.map(Graph.Tensor.float32(fromHalf:)) : tensor.data ?? []
    }
    if let data, data.count != stored.elementCount * dataType.byteCount {
      return .failure(
        Refusal("has \(tensor.data?.count ?? 0) bytes of data, not what \(dataType)[\(stored)] needs"))
    }
    let isUnknown = role == .result && extents.isEmpty
    return .success(
      Graph.Tensor(
        name: name, dataType: dataType, shape: isUnknown ? nil : stored, quantization: quantization, data: data))
  }

  /// Scales and zero points, nil where there are none or where they mean nothing (float and index tensors).
  private static func quantization(
    _ tensor: TFLiteFile.Tensor, _ dataType: DataType, _ shape: Shape
  ) -> Result<Graph.Quantization?, Refusal> {
    guard tensor.quantizationDetails == 0 else {
      let names = TFLiteSchema.Quantization.detailsNames
      let kind = Int(tensor.quantizationDetails)
      let name = names.indices.contains(kind) ? names[kind] : "kind \(kind)"
      return .failure(Refusal("has \(name) quantization; supported: one scale, or one for each channel"))
    }
    let range: ClosedRange<Int64>
    switch dataType {
    case .int8: range = -128...127
    case .uint8: range = 0...255
    case .int32: range = 0...0
    default: return .success(nil)
    }
    guard !tensor.scales.isEmpty else { return .success(nil) }
    guard tensor.scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      return .failure(Refusal("has a scale that is not a positive number"))
    }
    let zeroPoints = tensor.zeroPoints.isEmpty ? tensor.scales.map { _ in 0 } : tensor.zeroPoints
    guard zeroPoints.count == tensor.scales.count else {
      return .failure(Refusal("has \(tensor.scales.count) scales and \(zeroPoints.count) zero points"))
    }
    guard zeroPoints.allSatisfy({ range.contains($0) }) else {
      return .failure(Refusal("has a zero point outside the range of \(dataType)"))
    }
    let axis = Int(tensor.axis)
    if tensor.scales.count > 1 {
      guard (0..<shape.rank).contains(axis), shape[axis] == tensor.scales.count else {
        return .failure(Refusal("has \(tensor.scales.count) scales along axis \(axis), which its shape \(shape) lacks"))
      }
    }
    let isPerChannel = tensor.scales.count > 1
    return .success(
      Graph.Quantization(
        scales: tensor.scales, zeroPoints: zeroPoints.map { Int32($0) }, axis: isPerChannel ? axis : 0))
  }
}
