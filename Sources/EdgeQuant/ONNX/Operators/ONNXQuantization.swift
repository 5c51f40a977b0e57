import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// Real numbers to codes. Constants are quantized now.
  static let quantizeLinear: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    return [
      try builder.quantize(
        x, scale: try node.input(1, "y_scale"), zeroPoint: node.optionalInput(2), axis: node.int("axis", default: 1))
    ]
  }

  /// Codes to real numbers.
  static let dequantizeLinear: Add = { node, builder throws(Refusal) in
    let x = try node.input(0, "x")
    return [
      try builder.dequantize(
        x, scale: try node.input(1, "x_scale"), zeroPoint: node.optionalInput(2), axis: node.int("axis", default: 1))
    ]
  }
}

extension ONNXBuilder {
  /// Scales and zero points of a tensor of the given type and shape.
  func quantization(
    scale: Int, zeroPoint: Int?, axis: Int, _ dataType: DataType, _ shape: Shape
  ) throws(Refusal) -> Graph.Quantization {
    let scales = try floats(scale, "the scale")
    let zeros =
      try zeroPoint.map { zero throws(Refusal) in try codes(zero) } ?? [Int32](repeating: 0, count: scales.count)
    guard !scales.isEmpty, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw Refusal("a scale is not a positive number")
    }
    guard zeros.count == scales.count else {
      throw Refusal("has \(scales.count) scales and \(zeros.count) zero points")
    }
    if dataType == .int32, zeros.contains(where: { $0 != 0 }) { throw Refusal("an int32 tensor has a zero point") }
    if scales.count == 1 { return Graph.Quantization(scale: scales[0], zeroPoint: zeros[0]) }
    guard self.shape(scale).rank == 1 else {
      throw Refusal("scales of blocks are not supported; one, or one for each channel, is")
    }
    let axis = try self.axis(axis, rank: shape.rank)
    guard shape[axis] == scales.count else {
      throw Refusal("has \(scales.count) scales along axis \(axis) of \(shape)")
    }
    return Graph.Quantization(scales: scales, zeroPoints: zeros, axis: axis)
  }

  private func codes(_ tensor: Int) throws(Refusal) -> [Int32] {
    let value = graph.tensors[tensor]
    guard value.isConstant else {
      throw Refusal("the zero point is computed while running; only constants are supported")
    }
    switch value.dataType {
    case .int8: return value.values(as: Int8.self).map { Int32($0) }
    case .uint8: return value.values(as: UInt8.self).map { Int32($0) }
    case .int32: return value.values(as: Int32.self)
    default: throw Refusal("the zero point is \(value.dataType); supported: int8, uint8")
    }
  }

  mutating func dequantize(_ x: Int, scale: Int, zeroPoint: Int?, axis: Int) throws(Refusal) -> Int {
    let type = dataType(x)
    guard type == .int8 || type == .uint8 || (type == .int32 && isConstant(x)) else {
      throw Refusal("x is \(type)\(type == .int32 ? " and not a constant" : ""); supported: int8, uint8")
    }
    if let zeroPoint, dataType(zeroPoint) != type {
      throw Refusal("x is \(type), the zero point \(dataType(zeroPoint))")
    }
    let quantization = try quantization(scale: scale, zeroPoint: zeroPoint, axis: axis, type, shape(x))
    return try dequantize(try quantized(x, quantization))
  }

  /// - Parameter zeroPoint: its type is that of the codes; absent means uint8 and 0.
  mutating func quantize(_ x: Int, scale: Int, zeroPoint: Int?, axis: Int) throws(Refusal) -> Int {
    let type = zeroPoint.map { dataType($0) } ?? .uint8
    guard type == .int8 || type == .uint8 else { throw Refusal("quantizes to \(type); supported: int8, uint8") }
    guard dataType(x) == .float32 else { throw Refusal("x is \(dataType(x)); supported: float32") }
    let quantization = try quantization(scale: scale, zeroPoint: zeroPoint, axis: axis, type, shape(x))
    guard isConstant(x) else { return try emit("quantize", [x], dataType: type, quantization: quantization) }
    return try add(quantizedConstant(x, type, quantization))
  }

  /// Rounds to nearest, ties to even, as ONNX does.
  private func quantizedConstant(
    _ x: Int, _ type: DataType, _ quantization: Graph.Quantization
  ) throws(Refusal) -> Graph.Tensor {
    var tensor = graph.tensors[x]
    let channel = tensor.channelOfElement(axis: quantization.axis)
    let (lowest, highest): (Float, Float) = type == .int8 ? (-128, 127) : (0, 255)
    var bytes: [UInt8] = []
    for (index, value) in try floats(x, "x").enumerated() {
      guard !value.isNaN else { throw Refusal("a constant is not a number") }
      let c = channel(index)
      let code =
        (value / quantization.scale(channel: c)).rounded(.toNearestOrEven) + Float(quantization.zeroPoint(channel: c))
      bytes.append(UInt8(truncatingIfNeeded: Int(min(max(code, lowest), highest))))
    }
    tensor.name += "/codes"
    tensor.dataType = type
    tensor.quantization = quantization
    tensor.data = bytes
    return tensor
  }
}
