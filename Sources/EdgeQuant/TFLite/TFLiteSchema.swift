import EdgeTensor

/// Field slots of the tables in a TensorFlow Lite file, numbered from 0 in the order of its schema (version 3).
///
/// - SeeAlso: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
enum TFLiteSchema {
  static let identifier: StaticString = "TFL3"
  static let version: UInt32 = 3

  enum Model {
    static let version = 0
    static let operatorCodes = 1
    static let subgraphs = 2
    static let description = 3
    static let buffers = 4
  }
  enum OperatorCode {
    static let deprecatedBuiltinCode = 0
    static let customCode = 1
    static let version = 2
    static let builtinCode = 3
  }
  enum Subgraph {
    static let tensors = 0
    static let inputs = 1
    static let outputs = 2
    static let operators = 3
    static let name = 4
  }
  enum Tensor {
    static let shape = 0
    static let type = 1
    static let buffer = 2
    static let name = 3
    static let quantization = 4
    static let isVariable = 5
    static let sparsity = 6
    static let shapeSignature = 7
    static let externalBuffer = 10
  }
  enum Quantization {
    static let scale = 2
    static let zeroPoint = 3
    static let detailsType = 4
    static let axis = 6
    /// Values of `detailsType`.
    static let detailsNames = ["none", "custom", "blockwise", "multi-axis"]
  }
  enum Operator {
    static let codeIndex = 0
    static let inputs = 1
    static let outputs = 2
    /// Which table the options are: the index in the union of the schema.
    static let optionsType = 3
    static let options = 4
  }
  enum Buffer {
    static let data = 0
    static let offset = 1
    static let size = 2
  }

  /// Names of the element types, by code.
  static let typeNames = [
    "float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16", "complex64", "int8", "float64",
    "complex128", "uint64", "resource", "variant", "uint32", "uint16", "int4", "bfloat16", "int2", "uint4",
    "float8_e4m3fn", "float8_e5m2",
  ]
  static let float16Type: Int8 = 1
  static let uint8Type: Int8 = 3
  static let int8Type: Int8 = 9
  /// Names of the fused activations, by code.
  static let activationNames = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"]
}

extension DataType {
  /// By its code in a TensorFlow Lite file; nil for types that have no place in an `.edge` file.
  init?(tflite code: Int8) {
    guard let type = DataType.allCases.first(where: { $0.tfliteCode == code }) else { return nil }
    self = type
  }

  var tfliteCode: Int8 {
    switch self {
    case .float32: 0
    case .int32: 2
    case .uint8: TFLiteSchema.uint8Type
    case .int64: 4
    case .bool: 6
    case .int8: TFLiteSchema.int8Type
    }
  }
}
