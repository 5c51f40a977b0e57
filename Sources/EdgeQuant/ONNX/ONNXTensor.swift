import EdgeTensor

/// What ONNX element types become here.
enum ONNXType {
  /// The type that holds such elements; nil if there is none. float16 and double become float32.
  static func dataType(_ code: Int32) -> DataType? {
    switch code {
    case 1, 10, 11: .float32
    case 2: .uint8
    case 3: .int8
    case 6: .int32
    case 7: .int64
    case 9: .bool
    default: nil
    }
  }

  static func name(_ code: Int32) -> String {
    let names = [
      "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
      "double",
      "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4", "int4",
    ]
    return names.indices.contains(Int(code)) ? names[Int(code)] : "type \(code)"
  }

  /// `1x3x224x224`, the first extents of what has impossibly many.
  static func shape(_ extents: [Int64]) -> String {
    let limit = Shape.maximumRank
    let text = extents.prefix(limit).map { "\($0)" }.joined(separator: "x")
    return extents.count > limit ? "\(text)... (rank \(extents.count))" : text
  }

  /// Bytes of an element in `raw_data`.
  fileprivate static func storedByteCount(_ code: Int32) -> Int {
    switch code {
    case 10: 2
    case 7, 11: 8
    case 1, 6: 4
    default: 1
    }
  }

  static let supported = "float32, float16, double, int8, uint8, int32, int64, bool"
}

extension ONNXFile {
  /// A constant as the graph has it. Its elements are as many as its shape says.
  /// - Throws: why it cannot be had, as the rest of a sentence that starts with the tensor's name.
  func tensor(_ tensor: ONNX_TensorProto, name: String) throws(Refusal) -> Graph.Tensor {
    let code = tensor.dataType
    guard let dataType = ONNXType.dataType(code) else {
      throw Refusal("is \(ONNXType.name(code)); supported: \(ONNXType.supported)")
    }
    guard let shape = Shape(checking: tensor.dims.map { Int($0) }) else {
      throw Refusal("has the impossible shape \(ONNXType.shape(tensor.dims))")
    }
    // Below 2³¹ elements of at most 8 bytes.
    let byteCount = shape.elementCount * ONNXType.storedByteCount(code)
    let data: [UInt8]
    if tensor.dataLocation == .external {
      data = ONNXFile.converted(try external.bytes(tensor.externalData, byteCount: byteCount), code)
    } else if tensor.hasRawData {
      guard tensor.rawData.count == byteCount else {
        throw Refusal("has \(tensor.rawData.count) bytes of data, not the \(byteCount) of \(dataType)[\(shape)]")
      }
      data = ONNXFile.converted([UInt8](tensor.rawData), code)
    } else {
      let count = ONNXFile.listedCount(tensor)
      guard count == shape.elementCount else {
        throw Refusal("has \(count) elements, not the \(shape.elementCount) of \(dataType)[\(shape)]")
      }
      data = ONNXFile.listed(tensor)
    }
    return Graph.Tensor(name: name, dataType: dataType, shape: shape, data: data)
  }

  private static func listedCount(_ tensor: ONNX_TensorProto) -> Int {
    switch tensor.dataType {
    case 1: tensor.floatData.count
    case 7: tensor.int64Data.count
    case 11: tensor.doubleData.count
    default: tensor.int32Data.count
    }
  }

  /// The elements in the list of their type; those of small types that do not fit wrap.
  private static func listed(_ tensor: ONNX_TensorProto) -> [UInt8] {
    switch tensor.dataType {
    case 1: Graph.Tensor.bytes(of: tensor.floatData)
    case 6: Graph.Tensor.bytes(of: tensor.int32Data)
    case 7: Graph.Tensor.bytes(of: tensor.int64Data)
    case 9: tensor.int32Data.map { $0 == 0 ? 0 : 1 }
    case 10:
      Graph.Tensor.float32(fromHalf: Graph.Tensor.bytes(of: tensor.int32Data.map { UInt16(truncatingIfNeeded: $0) }))
    case 11: Graph.Tensor.bytes(of: tensor.doubleData.map { Float($0) })
    default: tensor.int32Data.map { UInt8(truncatingIfNeeded: $0) }
    }
  }

  /// Stored elements as those of the type that holds them.
  private static func converted(_ bytes: [UInt8], _ code: Int32) -> [UInt8] {
    switch code {
    case 9: bytes.map { $0 == 0 ? 0 : 1 }
    case 10: Graph.Tensor.float32(fromHalf: bytes)
    case 11:
      Graph.Tensor.bytes(
        of: bytes.withUnsafeBytes { raw in
          (0..<raw.count / 8).map { Float(raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
        })
    default: bytes
    }
  }
}
