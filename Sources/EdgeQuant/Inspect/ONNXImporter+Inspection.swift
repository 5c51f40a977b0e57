import EdgeModel
import EdgeTensor

extension ONNXImporter {
  /// The nodes of the file itself, dimensions in its own order. Shapes are those that importing finds out, else those that the file
  /// declares.
  static func inspection(of file: ModelBytes, folder: String?) throws(QuantError) -> Inspection {
    var importer = ONNXImporter(file: try ONNXFile(file.bytes, folder: folder))
    var report = Report()
    _ = try importer.build(&report)
    return importer.inspection(byteCount: file.bytes.count)
  }

  private func inspection(byteCount: Int) -> Inspection {
    let graph = file.graph
    var inspection = Inspection(format: .onnx, name: graph.name, byteCount: byteCount)
    var indices: [String: Int] = [:]
    func index(_ name: String) -> Int {
      if let known = indices[name] { return known }
      indices[name] = inspection.tensors.count
      inspection.tensors.append(tensor(name))
      return inspection.tensors.count - 1
    }
    inspection.inputs = graph.input.filter { initializers[$0.name] == nil }.map { index($0.name) }
    for proto in graph.node {
      let inputs = proto.input.map { $0.isEmpty ? nil : index($0) }
      let outputs = proto.output.filter { !$0.isEmpty }.map { index($0) }
      inspection.nodes.append(
        Inspection.Node(
          operatorName: ONNXFile.isStandard(proto.domain) ? proto.opType : "\(proto.domain).\(proto.opType)",
          name: proto.name.isEmpty ? proto.output.first { !$0.isEmpty } ?? "" : proto.name, inputs: inputs,
          outputs: outputs, attributes: proto.attribute.map { ($0.name, $0.valueDescription) },
          parameters: parameters(of: proto, index), multiplyAccumulateCount: multiplyAccumulateCount(of: proto)))
    }
    inspection.outputs = graph.output.map { index($0.name) }
    return inspection
  }

  private func tensor(_ name: String) -> Inspection.Tensor {
    Inspection.Tensor(
      name: name, type: declaredType(name), shape: shape(name), isConstant: initializers[name] != nil)
  }

  private func shape(_ name: String) -> Shape? {
    if let tensor = values[name] { return builder.tensor(tensor).shape }
    return initializers[name].flatMap { Shape(checking: file.graph.initializer[$0].dims.map { Int($0) }) }
  }

  private func parameters(of node: ONNX_NodeProto, _ index: (String) -> Int) -> [Inspection.Parameter] {
    let operands: Range<Int>
    switch node.opType {
    case "DequantizeLinear", "QuantizeLinear": operands = 0..<1
    case "Resize", "Upsample", "Clip", "Pad": operands = 0..<0
    default: operands = 0..<node.input.count
    }
    let isQLinear = node.opType.hasPrefix("QLinear")
    return node.input.enumerated().compactMap { operand, name in
      guard operands.contains(operand), let initializer = initializers[name], let shape = shape(name) else {
        return nil
      }
      // Beside the weights, QLinear operators have scales and zero points.
      if isQLinear, operand != 3, operand != 8 { return nil }
      let code = file.graph.initializer[initializer].dataType
      let byteCount: Int
      switch code {
      case 1: byteCount = 4
      case 2, 3: byteCount = 1
      case 10: byteCount = 2
      case 11: byteCount = 8
      case 6 where isQLinear || node.opType == "DequantizeLinear": byteCount = 4
      default: return nil
      }
      return Inspection.Parameter(
        tensor: index(name), count: shape.elementCount, byteCount: shape.elementCount * byteCount)
    }
  }

  private func multiplyAccumulateCount(of node: ONNX_NodeProto) -> Int? {
    func operand(_ index: Int) -> Shape? { index < node.input.count ? shape(node.input[index]) : nil }
    let output = node.output.first.flatMap { shape($0) }
    switch node.opType {
    case "Conv", "QLinearConv":
      guard let output, let weights = operand(node.opType == "Conv" ? 1 : 3), weights.rank > 0, weights.elementCount > 0
      else { return nil }
      return Inspection.product(output.elementCount, weights.elementCount / weights[0])
    case "ConvTranspose":
      guard let x = operand(0), let weights = operand(1), weights.rank > 0, weights.elementCount > 0 else { return nil }
      return Inspection.product(x.elementCount, weights.elementCount / weights[0])
    case "Gemm", "MatMul", "QLinearMatMul":
      let isTransposed = node.attribute.contains { $0.name == "transA" && $0.i != 0 }
      guard let output, let depth = isTransposed ? operand(0)?.dimensions.first : operand(0)?.dimensions.last else {
        return nil
      }
      return Inspection.product(output.elementCount, depth)
    default: return 0
    }
  }
}

extension ONNX_AttributeProto {
  /// As text; what is long or not readable is named by its kind.
  fileprivate var valueDescription: String {
    func list(_ values: [String]) -> String {
      values.count == 1
        ? values[0] : "[\(values.prefix(16).joined(separator: ", "))\(values.count > 16 ? ", ..." : "")]"
    }
    if hasS { return String(decoding: s, as: UTF8.self) }
    if hasI { return "\(i)" }
    if hasF { return "\(f)" }
    if hasT { return "tensor[\(ONNXType.shape(t.dims))]" }
    if !ints.isEmpty { return list(ints.map { "\($0)" }) }
    if !floats.isEmpty { return list(floats.map { "\($0)" }) }
    return "..."
  }
}
