import EdgeModel
import EdgeRuntime
import EdgeTensor

/// A model of one operator, for tests: encoded, verified, planned and run like any other.
public struct TinyModel {
  public struct Operand {
    public let type: TensorType
    /// Row-major bytes; nil for an optional input that is left out.
    public let bytes: [UInt8]?
    public let isConstant: Bool

    public init(_ type: TensorType, bytes: [UInt8], isConstant: Bool = false) {
      self.type = type
      self.bytes = bytes
      self.isConstant = isConstant
    }

    /// `values` under a shape (default: all in one dimension); their type is that of the tensor.
    public init<T: TensorElement>(
      _ values: [T], _ dimensions: [Int]? = nil, scale: Float? = nil, zeroPoint: Int32 = 0, isConstant: Bool = false
    ) {
      let quantization = scale.map { QuantParams(scale: $0, zeroPoint: zeroPoint) }
      self.init(
        TensorType(T.dataType, Shape(dimensions ?? [values.count]), quantization: quantization),
        bytes: values.withUnsafeBytes { Array($0) }, isConstant: isConstant)
    }
  }

  public enum Failure: Error, CustomStringConvertible {
    case model(ModelError)
    case load(LoadError)
    case invoke(InvokeError)

    public var description: String {
      switch self {
      case .model(let error): error.description
      case .load(let error): error.description
      case .invoke(let error): error.description
      }
    }
  }

  private let name: String
  private let inputs: [Operand?]
  private let outputs: [TensorType]
  private let attributes: Attributes

  /// - Parameter inputs: nil stands for an optional input that is left out.
  public init(_ name: String, _ inputs: [Operand?], outputs: [TensorType], attributes: [Attribute] = []) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = Attributes(attributes)
  }

  public func contents() -> ModelContents {
    var contents = ModelContents()
    var operandIndices: [Int] = []
    for input in inputs {
      guard let input else {
        operandIndices.append(-1)
        continue
      }
      operandIndices.append(contents.tensors.count)
      if !input.isConstant { contents.inputs.append(contents.tensors.count) }
      contents.tensors.append(TinyModel.tensor(input.type, data: input.isConstant ? input.bytes : nil))
    }
    for type in outputs {
      contents.outputs.append(contents.tensors.count)
      contents.tensors.append(TinyModel.tensor(type, data: nil))
    }
    contents.operators = [
      ModelContents.Operator(
        name: name, node: "tiny", inputs: operandIndices, outputs: contents.outputs, attributes: attributes)
    ]
    return contents
  }

  private static func tensor(_ type: TensorType, data: [UInt8]?) -> ModelContents.Tensor {
    ModelContents.Tensor(
      name: "", dataType: type.dataType, shape: type.shape, scales: type.quantization.map { [$0.scale] } ?? [],
      zeroPoints: type.quantization.map { [$0.zeroPoint] } ?? [], data: data)
  }

  /// The bytes of every output.
  public func run(threads: Int = 1) throws(Failure) -> [[UInt8]] {
    let model: Model
    do { model = try Model(ModelBytes(copying: contents().encoded())) } catch { throw .model(error) }
    let interpreter: Interpreter
    do { interpreter = try Interpreter(Plan(model, threads: threads)) } catch { throw .load(error) }
    var index = 0
    for input in inputs {
      guard let input, !input.isConstant, let bytes = input.bytes else { continue }
      interpreter.input(index).copyBytes(from: bytes)
      index += 1
    }
    do { try interpreter.invoke() } catch { throw .invoke(error) }
    return outputs.indices.map { Array(interpreter.output($0)) }
  }

  /// The values of the only output.
  public func values<T: TensorElement>(threads: Int = 1, as type: T.Type = T.self) throws(Failure) -> [T] {
    let bytes = try run(threads: threads)[0]
    return bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: T.self)
      }
    }
  }
}

/// A Swift type that tensors hold.
public protocol TensorElement: BitwiseCopyable {
  static var dataType: DataType { get }
}

extension Float: TensorElement { public static var dataType: DataType { .float32 } }
extension Int8: TensorElement { public static var dataType: DataType { .int8 } }
extension UInt8: TensorElement { public static var dataType: DataType { .uint8 } }
extension Int32: TensorElement { public static var dataType: DataType { .int32 } }
extension Int64: TensorElement { public static var dataType: DataType { .int64 } }
extension Bool: TensorElement { public static var dataType: DataType { .bool } }

extension TensorType {
  /// A type from its parts, as tests write it: `TensorType(.int8, 1, 8, 8, 3, scale: 0.5, zeroPoint: -3)`.
  public init(_ dataType: DataType, _ dimensions: Int..., scale: Float? = nil, zeroPoint: Int32 = 0) {
    self.init(
      dataType, Shape(dimensions), quantization: scale.map { QuantParams(scale: $0, zeroPoint: zeroPoint) })
  }
}
