import EdgeModel
import EdgeTensor

/// Small TensorFlow Lite files, written field by field.
struct TinyTFLite {
  struct Tensor {
    var name: String
    /// Code in the schema: 0 float32, 1 float16, 2 int32, 3 uint8, 9 int8, 7 int16.
    var type: UInt8
    var shape: [Int32]
    var signature: [Int32] = []
    var scales: [Float] = []
    var zeroPoints: [Int64] = []
    var axis: Int32 = 0
    /// Constant bytes.
    var data: [UInt8]?
    var isVariable = false

    init(
      _ name: String, _ type: UInt8, _ shape: [Int32], scale: Float? = nil, zeroPoint: Int64 = 0, data: [UInt8]? = nil
    ) {
      self.name = name
      self.type = type
      self.shape = shape
      self.data = data
      if let scale { (scales, zeroPoints) = ([scale], [zeroPoint]) }
    }
  }

  struct Operator {
    var code: Int32
    var customName = ""
    var inputs: [Int32]
    var outputs: [Int32]
    /// Fields of the options table, by slot.
    var options: [FlatBufferBuilder.Field] = []

    init(
      _ code: Int32, _ inputs: [Int32], _ outputs: [Int32], customName: String = "",
      options: [FlatBufferBuilder.Field] = []
    ) {
      self.code = code
      self.customName = customName
      self.inputs = inputs
      self.outputs = outputs
      self.options = options
    }
  }

  static let (float32, float16, int32, uint8, int8) = (UInt8(0), UInt8(1), UInt8(2), UInt8(3), UInt8(9))

  var tensors: [Tensor]
  var operators: [Operator]
  var inputs: [Int32]
  var outputs: [Int32]
  /// Puts constants behind the FlatBuffer, as files above 2 GB have them.
  var keepsDataOutside = false
  /// Writes operator codes in the old byte field alone.
  var usesOldCodes = false

  init(_ tensors: [Tensor], _ operators: [Operator], inputs: [Int32], outputs: [Int32]) {
    self.tensors = tensors
    self.operators = operators
    self.inputs = inputs
    self.outputs = outputs
  }

  var bytes: [UInt8] {
    // Where constants lie outside depends on the length of what comes before, which does not depend on where they lie.
    let plain = encoded(outsideStart: 1 << 20)
    guard keepsDataOutside else { return plain }
    return encoded(outsideStart: plain.count) + tensors.flatMap { $0.data ?? [] }
  }

  private func encoded(outsideStart: Int) -> [UInt8] {
    var builder = FlatBufferBuilder()
    var start = UInt64(outsideStart)
    // Buffer 0 is the empty one; tensor i has buffer i + 1.
    var buffers = [builder.table([])]
    for tensor in tensors {
      guard let data = tensor.data else {
        buffers.append(builder.table([]))
        continue
      }
      if keepsDataOutside {
        buffers.append(builder.table([.absent, .long(start), .long(UInt64(data.count))]))
        start += UInt64(data.count)
      } else {
        let position = builder.bytes(data, alignment: 16)
        buffers.append(builder.table([.reference(position)]))
      }
    }
    let tensorTables = tensors.enumerated().map { index, tensor in
      let scales = builder.vector(tensor.scales)
      let zeroPoints = builder.vector(tensor.zeroPoints)
      let quantization = builder.table([
        .absent, .absent, .reference(scales), .reference(zeroPoints), .absent, .absent, .int(tensor.axis),
      ])
      return builder.table([
        .reference(builder.vector(tensor.shape)), .byte(tensor.type), .int(Int32(index + 1)),
        tensor.name.isEmpty ? .absent : .reference(builder.string(tensor.name)),
        tensor.scales.isEmpty ? .absent : .reference(quantization), .byte(tensor.isVariable ? 1 : 0), .absent,
        tensor.signature.isEmpty ? .absent : .reference(builder.vector(tensor.signature)),
      ])
    }
    let codes = operators.map { operation in
      builder.table([
        .byte(usesOldCodes ? UInt8(operation.code) : 0), .reference(builder.string(operation.customName)), .absent,
        usesOldCodes ? .absent : .int(operation.code),
      ])
    }
    let operatorTables = operators.enumerated().map { index, operation in
      builder.table([
        .int(Int32(index)), .reference(builder.vector(operation.inputs)),
        .reference(builder.vector(operation.outputs)), .byte(1), .reference(builder.table(operation.options)),
      ])
    }
    let subgraph = builder.table([
      .reference(builder.vector(tensorTables)), .reference(builder.vector(inputs)),
      .reference(builder.vector(outputs)), .reference(builder.vector(operatorTables)),
    ])
    let root = builder.table([
      .int(3), .reference(builder.vector(codes)), .reference(builder.vector([subgraph])), .absent,
      .reference(builder.vector(buffers)),
    ])
    return builder.finish(root: root, identifier: "TFL3")
  }

  /// int32 values as a constant's bytes.
  static func ints(_ values: Int32...) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }
}
