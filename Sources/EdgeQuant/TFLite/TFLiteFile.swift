import EdgeModel

/// The first subgraph of a TensorFlow Lite file, read with every offset checked but nothing interpreted.
struct TFLiteFile {
  struct Tensor {
    var name = ""
    var shape: [Int32] = []
    /// Like `shape`, with −1 for extents that may change; empty if none may.
    var shapeSignature: [Int32] = []
    var type: Int8 = 0
    var scales: [Float] = []
    var zeroPoints: [Int64] = []
    var axis: Int32 = 0
    var quantizationDetails: UInt8 = 0
    var isVariable = false
    var isSparse = false
    var isExternal = false
    /// nil for activations.
    var data: [UInt8]?
  }

  struct Operator {
    var code: Int32
    /// Empty for builtin operators.
    var customName: String
    var inputs: [Int32]
    var outputs: [Int32]
    var options: FlatTable?
  }

  private(set) var name = ""
  private(set) var subgraphCount = 0
  private(set) var tensors: [Tensor] = []
  private(set) var operators: [Operator] = []
  private(set) var inputs: [Int32] = []
  private(set) var outputs: [Int32] = []

  /// - Parameter bytes: must outlive this value.
  init(_ bytes: UnsafeRawBufferPointer) throws(QuantError) {
    do throws(FlatBufferError) {
      try read(FlatBuffer(bytes))
    } catch {
      throw .notTFLite(error)
    }
  }

  private mutating func read(_ buffer: FlatBuffer) throws(FlatBufferError) {
    let root = try buffer.root(identifier: TFLiteSchema.identifier)
    let codes = try root.tables(TFLiteSchema.Model.operatorCodes)
    let subgraphs = try root.tables(TFLiteSchema.Model.subgraphs)
    subgraphCount = subgraphs.count
    guard let main = subgraphs.first else { return }
    name = try main.string(TFLiteSchema.Subgraph.name)
    inputs = try main.array(TFLiteSchema.Subgraph.inputs, of: Int32.self)
    outputs = try main.array(TFLiteSchema.Subgraph.outputs, of: Int32.self)

    var buffers: [Range<Int>?] = []
    for table in try root.tables(TFLiteSchema.Model.buffers) {
      buffers.append(try TFLiteFile.data(table, fileByteCount: buffer.bytes.count))
    }
    // Tensors may share a buffer, and a hostile file could make each of many tensors a copy of all of it.
    var constants: [Range<Int>: [UInt8]] = [:]
    var remainingByteCount = buffer.bytes.count * 16
    for table in try main.tables(TFLiteSchema.Subgraph.tensors) {
      var (tensor, index) = try TFLiteFile.tensor(table)
      if buffers.indices.contains(index), let range = buffers[index] {
        remainingByteCount -= range.count
        guard remainingByteCount >= 0 else { throw .tooMuchSharing }
        tensor.data = constants[range] ?? [UInt8](buffer.bytes[range])
        constants[range] = tensor.data
      }
      tensors.append(tensor)
    }
    for table in try main.tables(TFLiteSchema.Subgraph.operators) { operators.append(try operation(table, codes)) }
  }

  /// Where the bytes of a buffer are, inside its table or anywhere in the file; nil if it has none.
  private static func data(_ table: FlatTable, fileByteCount: Int) throws(FlatBufferError) -> Range<Int>? {
    if let vector = try table.vector(TFLiteSchema.Buffer.data, stride: 1), vector.count > 0 { return vector.byteRange }
    let offset = try table.scalar(TFLiteSchema.Buffer.offset, default: UInt64(0))
    let size = try table.scalar(TFLiteSchema.Buffer.size, default: UInt64(0))
    guard offset > 1, size > 0 else { return nil }
    guard offset <= UInt64(fileByteCount), size <= UInt64(fileByteCount) - offset else {
      throw .badVector(offset: Int(truncatingIfNeeded: min(offset, UInt64(Int32.max))))
    }
    return Int(offset)..<Int(offset + size)
  }

  private static func tensor(_ table: FlatTable) throws(FlatBufferError) -> (tensor: Tensor, buffer: Int) {
    typealias Slot = TFLiteSchema.Tensor
    var tensor = Tensor()
    tensor.name = try table.string(Slot.name)
    tensor.shape = try table.array(Slot.shape, of: Int32.self)
    tensor.shapeSignature = try table.array(Slot.shapeSignature, of: Int32.self)
    tensor.type = try table.scalar(Slot.type, default: 0)
    tensor.isVariable = try table.scalar(Slot.isVariable, default: UInt8(0)) != 0
    tensor.isSparse = try table.table(Slot.sparsity) != nil
    tensor.isExternal = try table.scalar(Slot.externalBuffer, default: UInt32(0)) != 0
    if let quantization = try table.table(Slot.quantization) {
      tensor.scales = try quantization.array(TFLiteSchema.Quantization.scale, of: Float.self)
      tensor.zeroPoints = try quantization.array(TFLiteSchema.Quantization.zeroPoint, of: Int64.self)
      tensor.axis = try quantization.scalar(TFLiteSchema.Quantization.axis, default: 0)
      tensor.quantizationDetails = try quantization.scalar(TFLiteSchema.Quantization.detailsType, default: 0)
    }
    return (tensor, Int(try table.scalar(Slot.buffer, default: UInt32(0))))
  }

  private func operation(_ table: FlatTable, _ codes: [FlatTable]) throws(FlatBufferError) -> Operator {
    let index = Int(try table.scalar(TFLiteSchema.Operator.codeIndex, default: UInt32(0)))
    guard codes.indices.contains(index) else { throw .badOffset(offset: 0) }
    // Files older than the int field have only the byte; newer ones may leave the byte at 0.
    let old = Int32(try codes[index].scalar(TFLiteSchema.OperatorCode.deprecatedBuiltinCode, default: Int8(0)))
    let new = try codes[index].scalar(TFLiteSchema.OperatorCode.builtinCode, default: Int32(0))
    return Operator(
      code: max(old, new), customName: try codes[index].string(TFLiteSchema.OperatorCode.customCode),
      inputs: try table.array(TFLiteSchema.Operator.inputs, of: Int32.self),
      outputs: try table.array(TFLiteSchema.Operator.outputs, of: Int32.self),
      options: try table.table(TFLiteSchema.Operator.options))
  }

  /// Gives quantized sums, differences, products and quotients the type of their second input, as TensorFlow Lite does when it
  /// prepares them: files exist in which such a tensor has a scale but is declared float32.
  mutating func setTypesOfSums() {
    for operation in operators where [0, 18, 41, 42].contains(operation.code) {
      guard operation.inputs.count == 2, let output = operation.outputs.first, operation.inputs[1] >= 0 else {
        continue
      }
      let type = tensors[Int(operation.inputs[1])].type
      if !tensors[Int(output)].scales.isEmpty, type == TFLiteSchema.int8Type || type == TFLiteSchema.uint8Type {
        tensors[Int(output)].type = type
      }
    }
  }
}
