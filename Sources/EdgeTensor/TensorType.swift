/// What a tensor is before it has any data: element type, shape and, for quantized tensors, scale and zero point.
public struct TensorType: Equatable, Sendable {
  /// Of one element.
  public let dataType: DataType
  /// Extents, outermost first.
  public let shape: Shape
  /// nil for tensors that are not quantized, and for weights whose scales are folded into their operator.
  public let quantization: QuantParams?

  /// - Parameter quantization: nil for tensors that are not quantized.
  public init(_ dataType: DataType, _ shape: Shape, quantization: QuantParams? = nil) {
    self.dataType = dataType
    self.shape = shape
    self.quantization = quantization
  }

  /// Bytes of the tensor in row-major order without padding. Cannot overflow: see `Shape.maximumElementCount`.
  public var byteCount: Int { shape.elementCount * dataType.byteCount }
}

extension TensorType: CustomStringConvertible {
  /// `int8[1x224x224x3]`.
  public var description: String { "\(dataType)[\(shape)]" }
}
