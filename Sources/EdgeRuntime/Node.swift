import EdgeModel
import EdgeTensor

/// One operator's place in a graph, as the operator's shape rule and planner see it.
public struct Node {
  /// nil stands for an optional input that is left out.
  public let inputs: [TensorType?]
  /// As declared by the file; shapes and data types are compared with the operator's own rule.
  public let outputs: [TensorType]
  public let attributes: Attributes
  /// Bytes of the inputs that are constants.
  public let constants: [UnsafeRawBufferPointer?]
  /// Byte order of those constants.
  public let layouts: [Layout]
  /// Which blocks of those that are sparse are stored; empty if none is.
  public let sparse: [SparseIndex?]

  public init(
    inputs: [TensorType?], outputs: [TensorType], attributes: Attributes, constants: [UnsafeRawBufferPointer?],
    layouts: [Layout], sparse: [SparseIndex?] = []
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.constants = constants
    self.layouts = layouts
    self.sparse = sparse
  }

  /// A required input.
  public func input(_ index: Int, _ operand: StaticString) throws(PlanError) -> TensorType {
    guard index < inputs.count, let type = inputs[index] else { throw .missingOperand(operand) }
    return type
  }

  public func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// The bytes of an input that must be a constant in row-major order.
  public func constant(_ index: Int, _ operand: StaticString) throws(PlanError) -> UnsafeRawBufferPointer {
    _ = try input(index, operand)
    guard let bytes = constants[index] else { throw .notConstant(operand: operand) }
    guard layouts[index] == .rowMajor else { throw .badValue(operand: operand, reason: "is packed") }
    return bytes
  }

  /// The values of a constant int32 or int64 input, such as axes, paddings or a shape.
  public func constantInts(_ index: Int, _ operand: StaticString) throws(PlanError) -> [Int] {
    let type = try input(index, operand)
    let bytes = try constant(index, operand)
    let count = type.shape.elementCount
    switch type.dataType {
    case .int32: return (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    case .int64: return (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
    default: throw .unsupportedType(operand: operand, got: type.dataType, supported: "int32, int64")
    }
  }

  /// An axis in `-rank..<rank`, made non-negative.
  public func axis(_ value: Int, rank: Int, _ operand: StaticString) throws(PlanError) -> Int {
    let axis = value < 0 ? value + rank : value
    guard (0..<rank).contains(axis) else { throw .badValue(operand: operand, reason: "axis outside the tensor's rank") }
    return axis
  }

  /// Scale and zero point that an int8 or uint8 operand must have.
  public func quantization(_ type: TensorType, _ operand: StaticString) throws(PlanError) -> QuantParams {
    guard let quantization = type.quantization else {
      throw .badQuantization(operand: operand, reason: "needs one scale and zero point")
    }
    return quantization
  }
}

/// Data type and shape an operator computes; its quantization is the file's to say.
public struct OutputType: Equatable {
  public let dataType: DataType
  public let shape: Shape

  public init(_ dataType: DataType, _ shape: Shape) {
    self.dataType = dataType
    self.shape = shape
  }

  /// - Throws: `impossibleShape` if no tensor can have these extents.
  public init(_ dataType: DataType, checking dimensions: [Int], _ operand: StaticString = "output") throws(PlanError) {
    guard let shape = Shape(checking: dimensions) else { throw .impossibleShape(operand: operand) }
    self.init(dataType, shape)
  }
}
