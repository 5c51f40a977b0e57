import EdgeModel
import EdgeTensor

/// A network as importers build it and passes change it: tensors by index, nodes in execution order.
///
/// Until the lowering pass runs, operators have the operands of their TensorFlow Lite namesakes (conv_2d: x, OHWI weights,
/// bias), so passes that fold, quantize or prune need to know one form only.
public struct Graph {
  public struct Tensor {
    public var name: String
    public var dataType: DataType
    /// nil while unknown; shape inference fills it in.
    public var shape: Shape?
    /// nil if the tensor is not quantized.
    public var quantization: Quantization?
    public var layout: Layout
    /// Little-endian bytes of a constant in the order of `layout`; nil for activations.
    public var data: [UInt8]?
    /// Of layout `o16k4Sparse` alone.
    public var sparse: SparseBlocks?

    public init(
      name: String, dataType: DataType, shape: Shape?, quantization: Quantization? = nil, layout: Layout = .rowMajor,
      data: [UInt8]? = nil
    ) {
      self.name = name
      self.dataType = dataType
      self.shape = shape
      self.quantization = quantization
      self.layout = layout
      self.data = data
    }

    public var isConstant: Bool { data != nil }
  }

  /// `real = scales[c] · (q − zeroPoints[c])`, c counting along `axis`, or always 0 for one scale.
  public struct Quantization: Equatable, Sendable {
    /// Finite and above 0; at least one.
    public var scales: [Float]
    /// As many as scales.
    public var zeroPoints: [Int32]
    public var axis: Int

    public init(scales: [Float], zeroPoints: [Int32], axis: Int = 0) {
      self.scales = scales
      self.zeroPoints = zeroPoints
      self.axis = axis
    }

    public init(scale: Float, zeroPoint: Int32) { self.init(scales: [scale], zeroPoints: [zeroPoint]) }

    public var isPerChannel: Bool { scales.count > 1 }
    public func scale(channel: Int) -> Float { scales[isPerChannel ? channel : 0] }
    public func zeroPoint(channel: Int) -> Int32 { zeroPoints[isPerChannel ? channel : 0] }
  }

  public struct Node: Sendable {
    /// Name in the operator registry: `conv_2d`.
    public var operatorName: String
    public var name: String
    /// Tensor indices; nil stands for an optional input that is left out.
    public var inputs: [Int?]
    public var outputs: [Int]
    public var attributes: Attributes
    public var source: Source

    public init(
      _ operatorName: String, name: String, inputs: [Int?], outputs: [Int], attributes: Attributes = Attributes(),
      source: Source
    ) {
      self.operatorName = operatorName
      self.name = name
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
      self.source = source
    }
  }

  /// The node of the source file that a node came from, for messages.
  public struct Source: Equatable, Sendable {
    public enum Format: Sendable {
      case tflite
      case onnx
      case edge
    }

    public var format = Format.tflite
    public var index: Int
    /// As the source format spells it: `CONV_2D`.
    public var operatorName: String
    /// Operands as the source file declares them: `int8[1x8x8x3]`.
    public var inputs: [String]
    public var outputs: [String]
  }

  public var name = ""
  public var tensors: [Tensor] = []
  public var nodes: [Node] = []
  public var inputs: [Int] = []
  public var outputs: [Int] = []

  public init() {}
}

extension Graph {
  /// Adds a tensor and returns its index.
  public mutating func add(_ tensor: Tensor) -> Int {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// An input of a node, or nil if it is left out.
  public func input(_ index: Int, of node: Node) -> Tensor? {
    guard index < node.inputs.count, let tensor = node.inputs[index] else { return nil }
    return tensors[tensor]
  }

  /// Types of the model's inputs, as far as their shapes are known.
  public var inputTypes: [TensorType] { inputs.compactMap { tensors[$0].type } }

  /// Elements of the first output if it is one list of numbers (`[1, N]`, `[1, 1, 1, N]`), else nil.
  public var classCount: Int? {
    guard let shape = outputs.first.flatMap({ tensors[$0].shape }), let last = shape.dimensions.last,
      shape.elementCount == last
    else { return nil }
    return last
  }

  /// How many operands and model outputs read each tensor.
  public var useCounts: [Int] {
    var counts = [Int](repeating: 0, count: tensors.count)
    for node in nodes { for case let input? in node.inputs { counts[input] += 1 } }
    for output in outputs { counts[output] += 1 }
    return counts
  }

  /// By tensor: index of the node that writes it, or nil.
  public var producers: [Int?] {
    var producers = [Int?](repeating: nil, count: tensors.count)
    for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    return producers
  }

  /// Makes every node read `replacement` where it read `tensor`. Model outputs stay.
  public mutating func replaceInput(_ tensor: Int, by replacement: Int) {
    for node in nodes.indices {
      for operand in nodes[node].inputs.indices where nodes[node].inputs[operand] == tensor {
        nodes[node].inputs[operand] = replacement
      }
    }
  }
}

extension Graph.Tensor {
  /// The elements of a row-major constant.
  /// - Precondition: `T` is the type that `dataType` names.
  public func values<T: BitwiseCopyable>(as type: T.Type) -> [T] {
    guard let data else { return [] }
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<T>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.stride, as: T.self)
      }
    }
  }

  /// Little-endian bytes of `values`.
  public static func bytes<T: BitwiseCopyable>(of values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

  /// The index along the quantized axis of each element, in row-major order, as a function of the element's index.
  func channelOfElement(axis: Int) -> (Int) -> Int {
    guard let shape, (0..<shape.rank).contains(axis) else { return { _ in 0 } }
    let (step, extent) = (shape.strides[axis], max(shape[axis], 1))
    return { $0 / step % extent }
  }

  /// The real numbers that a quantized constant stands for, each `scale · (q − zeroPoint)` rounded once; nil if the tensor is
  /// not a quantized 8-bit or int32 constant.
  public func dequantized() -> [Float]? {
    guard let quantization, isConstant, layout == .rowMajor else { return nil }
    let codes: [Int32]
    switch dataType {
    case .int8: codes = values(as: Int8.self).map { Int32($0) }
    case .uint8: codes = values(as: UInt8.self).map { Int32($0) }
    case .int32: codes = values(as: Int32.self)
    default: return nil
    }
    let channel = channelOfElement(axis: quantization.axis)
    return codes.enumerated().map { index, code in
      let c = channel(index)
      return quantization.scale(channel: c) * Float(Int64(code) - Int64(quantization.zeroPoint(channel: c)))
    }
  }
}
