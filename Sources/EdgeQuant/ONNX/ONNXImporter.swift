import EdgeModel
import EdgeTensor

/// Turns an ONNX file into a graph with the operators and operands of TensorFlow Lite. Nodes that cannot be represented are left out
/// and reported, so that one run lists everything that is wrong.
///
/// **Order of dimensions.** Operators on pictures are NCHW in ONNX and NHWC here: each is imported with a transpose before and after
/// it, which later passes push together and cancel. A model input that is a picture in NCHW (`[N, C, H, W]` with 1 or 3 channels and
/// more than 3 columns) becomes an NHWC input, since that is how pictures arrive on the device, and a note says so; every other input,
/// and every output, keeps the order that it has in the file.
///
/// **Batch.** An open first dimension of an input becomes 1. Other open dimensions are refused.
public struct ONNXImporter {
  /// - Parameter folder: where the model lies, for tensors that it keeps in files beside it; nil if it is not a file.
  /// - Returns: the graph. Where `report` has problems it lacks the nodes they name.
  /// - Throws: `badSource` if the file is damaged, contradicts itself or is of another kind.
  public static func graph(
    from file: ModelBytes, folder: String? = nil, report: inout Report
  ) throws(QuantError) -> Graph {
    var importer = ONNXImporter(file: try ONNXFile(file.bytes, folder: folder))
    return try importer.build(&report)
  }

  /// Whether a file is to be read as ONNX. It has no signature; it begins with the version of its format, and TensorFlow Lite files
  /// are marked as such.
  public static func recognizes(_ file: ModelBytes) -> Bool {
    let bytes = file.bytes
    guard bytes.count > 0, bytes.count < 8 || !bytes[4..<8].elementsEqual("TFL3".utf8) else { return false }
    return bytes[0] == 0x08 || ONNXWireCheck.hasGraph(bytes)
  }

  /// Bytes of constants that come from computing others, beside those of the file.
  static let maximumOwnByteCount = 2 << 30

  let file: ONNXFile
  private(set) var builder: ONNXBuilder
  /// By name: the tensor, once it has been written.
  private(set) var values: [String: Int] = [:]
  /// By name, until something reads them: constants.
  private(set) var initializers: [String: Int] = [:]
  /// By name: results of nodes that were refused, or that read such a result.
  private var missing: Set<String> = []
  private var declared: [String: ONNX_ValueInfoProto] = [:]

  init(file: ONNXFile) {
    self.file = file
    builder = ONNXBuilder(file: file)
  }

  mutating func build(_ report: inout Report) throws(QuantError) -> Graph {
    let source = file.graph
    guard !source.node.isEmpty else { throw .badSource("the model has no operators: there is nothing to run") }
    guard !source.output.isEmpty else { throw .badSource("the model has no outputs: there is nothing to compute") }
    guard source.sparseInitializer.isEmpty else {
      throw .badSource("the model has sparse constants (sparse_initializer); export it with dense ones")
    }
    for info in source.valueInfo + source.output { declared[info.name] = info }
    for (index, tensor) in source.initializer.enumerated() {
      guard initializers.updateValue(index, forKey: tensor.name) == nil else {
        throw .badSource("two constants are named \"\(tensor.name)\"")
      }
    }
    for input in source.input where initializers[input.name] == nil { try addInput(input, &report) }
    let patterns = ONNXPatterns(file)
    for (index, node) in source.node.enumerated() where !patterns.absorbed.contains(index) {
      try add(patterns.replacement(node, index), index, &report)
    }
    try addOutputs(report)
    return builder.graph
  }

  // MARK: Inputs and outputs

  private mutating func addInput(_ input: ONNX_ValueInfoProto, _ report: inout Report) throws(QuantError) {
    let name = input.name
    guard values[name] == nil else { throw .badSource("two inputs are named \"\(name)\"") }
    guard input.type.hasTensorType, input.type.tensorType.hasShape else {
      throw .badSource(
        "the shape of input \"\(name)\" is open, even its rank; export the model with a fixed input shape")
    }
    let code = input.type.tensorType.elemType
    guard let dataType = ONNXType.dataType(code) else {
      throw .badSource("input \"\(name)\" is \(ONNXType.name(code)); supported: \(ONNXType.supported)")
    }
    if code == 10 || code == 11 {
      report.note("input \"\(name)\" is \(ONNXType.name(code)) in the source; it becomes float32")
    }
    let extents = try extents(of: input, &report)
    guard let shape = Shape(checking: extents), shape.elementCount > 0 else {
      throw .badSource("input \"\(name)\" has the impossible shape \(extents)")
    }
    guard extents.count == 4, extents[1] == 1 || extents[1] == 3, extents[3] > 3 else {
      values[name] = builder.addInput(Graph.Tensor(name: name, dataType: dataType, shape: shape))
      return
    }
    let picture = Shape([extents[0], extents[2], extents[3], extents[1]])
    report.note("input \"\(name)\" is NCHW (\(shape)) in the source; it becomes NHWC (\(picture)), as pictures arrive")
    let tensor = builder.addInput(Graph.Tensor(name: name, dataType: dataType, shape: picture))
    builder.begin(ONNXNode.boundary("input", name, type: "\(dataType)[\(shape)]"))
    do throws(Refusal) {
      values[name] = try builder.channelsFirst(tensor)
    } catch {
      throw .badSource("input \"\(name)\" \(error.reason)")
    }
  }

  private func extents(of input: ONNX_ValueInfoProto, _ report: inout Report) throws(QuantError) -> [Int] {
    var extents: [Int] = []
    for (axis, dimension) in input.type.tensorType.shape.dim.enumerated() {
      if dimension.dimValue > 0 {
        extents.append(Int(dimension.dimValue))
      } else if axis == 0 {
        extents.append(1)
        let name = dimension.dimParam.isEmpty ? "" : " (\"\(dimension.dimParam)\")"
        report.note("the first dimension\(name) of input \"\(input.name)\" is open in the source; it is fixed to 1")
      } else {
        let name = dimension.dimParam.isEmpty ? "open" : "open (\"\(dimension.dimParam)\")"
        throw .badSource(
          "dimension \(axis) of input \"\(input.name)\" is \(name); only the first may be. Export the model with a fixed input "
            + "shape, or fix it with python -m onnxruntime.tools.make_dynamic_shape_fixed")
      }
    }
    return extents
  }

  private mutating func addOutputs(_ report: Report) throws(QuantError) {
    for output in file.graph.output {
      let name = output.name
      switch operand(name) {
      case .behindProblem: continue
      case .tensor(let tensor):
        do throws(Refusal) {
          try builder.addOutput(tensor, name: name)
        } catch {
          throw .badSource("model output \"\(name)\" \(error.reason)")
        }
      case .refused(let reason): throw .badSource("the model output is a constant: \(reason)")
      case .absent, .unknown: throw .badSource("nothing writes the model output \"\(name)\"")
      }
    }
  }

  // MARK: Nodes

  private mutating func add(_ proto: ONNX_NodeProto, _ index: Int, _ report: inout Report) throws(QuantError) {
    let label = "node \(index) \(proto.opType) \"\(proto.name)\""
    for name in proto.output where !name.isEmpty {
      guard values[name] == nil, initializers[name] == nil, !missing.contains(name) else {
        throw .badSource("\(label) writes \"\(name)\", which has a value")
      }
    }
    var operands: [Int?] = []
    var reasons: [String] = []
    var isBehindProblem = false
    for name in proto.input {
      switch operand(name) {
      case .absent: operands.append(nil)
      case .tensor(let tensor): operands.append(tensor)
      case .behindProblem: isBehindProblem = true
      case .refused(let reason): reasons.append(reason)
      case .unknown: throw .badSource("\(label) reads \"\(name)\", which nothing before it writes")
      }
    }
    let node = ONNXNode(proto, opset: file.opset, inputs: operands, source: self.source(proto, index))
    let results: [Int]
    do throws(Refusal) {
      let operation = try ONNXOperator.find(proto)
      guard reasons.isEmpty else { throw Refusal(reasons.joined(separator: "; ")) }
      guard !isBehindProblem else {
        missing.formUnion(proto.output)
        return
      }
      builder.begin(node)
      results = try operation.add(node, &builder)
      guard results.count >= (proto.output.lastIndex { !$0.isEmpty } ?? -1) + 1 else {
        throw Refusal("it has \(proto.output.count) outputs; supported: \(results.count)")
      }
    } catch {
      report.refuse(NodeProblem(nodeName: node.name, source: node.source, reason: error.reason))
      missing.formUnion(proto.output)
      return
    }
    builder.end(results)
    guard builder.ownByteCount <= ONNXImporter.maximumOwnByteCount else {
      throw .badSource("\(label): the constants computed so far take more memory than any network needs")
    }
    for (name, tensor) in zip(proto.output, results) where !name.isEmpty { values[name] = tensor }
  }

  private enum Operand {
    case tensor(Int)
    case absent
    case behindProblem
    /// A constant that cannot be represented.
    case refused(String)
    case unknown
  }

  private mutating func operand(_ name: String) -> Operand {
    if name.isEmpty { return .absent }
    if let tensor = values[name] { return .tensor(tensor) }
    if missing.contains(name) { return .behindProblem }
    guard let index = initializers[name] else { return .unknown }
    do throws(Refusal) {
      let tensor = builder.add(try file.tensor(file.graph.initializer[index], name: name))
      values[name] = tensor
      return .tensor(tensor)
    } catch {
      return .refused("constant \"\(name)\" \(error.reason)")
    }
  }

  /// The node as messages show it.
  private func source(_ proto: ONNX_NodeProto, _ index: Int) -> Graph.Source {
    let isStandard = ONNXFile.isStandard(proto.domain)
    return Graph.Source(
      format: .onnx, index: index, operatorName: isStandard ? proto.opType : "\(proto.domain).\(proto.opType)",
      inputs: proto.input.map { $0.isEmpty ? "none" : declaredType($0) }, outputs: proto.output.map(declaredType))
  }

  /// `float32[1x3x224x224]`; a question mark stands for what is not known.
  func declaredType(_ name: String) -> String {
    if let tensor = values[name] { return builder.tensor(tensor).typeDescription }
    if let index = initializers[name] {
      let tensor = file.graph.initializer[index]
      return "\(ONNXType.name(tensor.dataType))[\(ONNXType.shape(tensor.dims))]"
    }
    guard let type = declared[name]?.type, type.hasTensorType else { return "?" }
    let extents = type.tensorType.shape.dim.prefix(Shape.maximumRank).map { $0.hasDimValue ? "\($0.dimValue)" : "?" }
    return "\(ONNXType.name(type.tensorType.elemType))[\(extents.joined(separator: "x"))]"
  }
}
