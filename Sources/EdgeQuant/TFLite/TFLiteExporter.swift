import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Writes the network of an `.edge` file as a TensorFlow Lite file, whose reference kernels give the same bytes.
///
/// Two operators are exceptions, by TensorFlow Lite's own defects: its reference int8 SUM takes codes for unsigned numbers, and its
/// SOFTMAX ends the process where 512 scores or more are equal.
public struct TFLiteExporter {
  /// - Parameter report: gets a note for each thing that TensorFlow Lite computes otherwise.
  /// - Throws: `load` if the runtime could not run the model, `notExportable` with every node that TensorFlow Lite cannot express.
  public static func bytes(of model: Model, report: inout Report) throws(QuantError) -> [UInt8] {
    // What follows relies on shapes and layouts that planning checks.
    do throws(LoadError) { _ = try Plan(model, fuses: false) } catch { throw .load(error) }
    var raising = Report()
    var graph = Graph(model)
    graph.run(Pass.raising, report: &raising)
    var exporter = TFLiteExporter(graph: graph, codes: [])
    let bytes = exporter.encoded(&raising)
    guard raising.problems.isEmpty else {
      throw .notExportable(raising.problems.sorted { $0.source.index < $1.source.index })
    }
    if graph.nodes.contains(where: { $0.operatorName == "sum" && graph.input(0, of: $0)?.dataType == .int8 }) {
      report.note(
        "TensorFlow Lite's reference kernel for int8 SUM reads codes as unsigned, so its results differ; the optimized "
          + "one's do not")
    }
    return bytes
  }

  private struct Code: Hashable {
    let operatorCode: Int32
    let version: Int32
  }

  private let graph: Graph
  /// In the order in which the file lists them.
  private var codes: [Code]

  private mutating func encoded(_ report: inout Report) -> [UInt8] {
    var builder = FlatBufferBuilder()
    // Buffer 0 is the empty one, which activations have.
    var buffers = [builder.table([])]
    var bufferOfTensor = [Int](repeating: 0, count: graph.tensors.count)
    for (index, tensor) in graph.tensors.enumerated() where tensor.data?.isEmpty == false {
      bufferOfTensor[index] = buffers.count
      buffers.append(builder.table([.reference(builder.bytes(tensor.data ?? [], alignment: 16))]))
    }
    let names = uniqueNames()
    let tensors = graph.tensors.indices.map { builder.add(graph.tensors[$0], names[$0], buffer: bufferOfTensor[$0]) }
    var operators: [FlatBufferBuilder.Position] = []
    for node in graph.nodes {
      do throws(Refusal) {
        operators.append(try add(node, &builder))
      } catch {
        report.refuse(node, error.reason)
      }
    }
    typealias Slot = TFLiteSchema.Subgraph
    let subgraph = builder.table(
      slots: [
        (Slot.tensors, .reference(builder.vector(tensors))),
        (Slot.inputs, .reference(builder.vector(graph.inputs.map { Int32($0) }))),
        (Slot.outputs, .reference(builder.vector(graph.outputs.map { Int32($0) }))),
        (Slot.operators, .reference(builder.vector(operators))),
        (Slot.name, .reference(builder.string(graph.name))),
      ])
    let codeTables = codes.map { code in
      builder.table(
        slots: [
          // Old readers look at the byte alone, which 127 tells to look further.
          (TFLiteSchema.OperatorCode.deprecatedBuiltinCode, .byte(UInt8(min(code.operatorCode, 127)))),
          (TFLiteSchema.OperatorCode.version, .int(code.version)),
          (TFLiteSchema.OperatorCode.builtinCode, .int(code.operatorCode)),
        ])
    }
    let root = builder.table(
      slots: [
        (TFLiteSchema.Model.version, .int(Int32(TFLiteSchema.version))),
        (TFLiteSchema.Model.operatorCodes, .reference(builder.vector(codeTables))),
        (TFLiteSchema.Model.subgraphs, .reference(builder.vector([subgraph]))),
        (TFLiteSchema.Model.description, .reference(builder.string("edgequant \(PackageVersion.text)"))),
        (TFLiteSchema.Model.buffers, .reference(builder.vector(buffers))),
      ])
    return builder.finish(root: root, identifier: TFLiteSchema.identifier)
  }

  private func uniqueNames() -> [String] {
    var used = Set<String>()
    return graph.tensors.enumerated().map { index, tensor in
      let name = tensor.name.isEmpty ? "tensor_\(index)" : tensor.name
      return used.insert(name).inserted ? name : "\(name)#\(index)"
    }
  }

  private mutating func add(
    _ node: Graph.Node, _ builder: inout FlatBufferBuilder
  ) throws(Refusal) -> FlatBufferBuilder.Position {
    guard let operation = TFLiteOperator.byName[node.operatorName] else {
      throw Refusal("TensorFlow Lite has no such operator")
    }
    var fields: [(slot: Int, field: FlatBufferBuilder.Field)] = []
    for option in operation.options {
      let outputType = graph.tensors[node.outputs[0]].dataType
      fields += try option.fields(node.attributes, outputType: outputType, &builder)
    }
    let options = builder.table(slots: fields)
    let code = Code(operatorCode: operation.code, version: version(operation, node))
    let index = codes.firstIndex(of: code) ?? codes.count
    if index == codes.count { codes.append(code) }
    let isOptional = operation.optionsTable == 0
    typealias Slot = TFLiteSchema.Operator
    return builder.table(
      slots: [
        (Slot.codeIndex, .int(Int32(index))),
        (Slot.inputs, .reference(builder.vector(node.inputs.map { Int32($0 ?? -1) }))),
        (Slot.outputs, .reference(builder.vector(node.outputs.map { Int32($0) }))),
        (Slot.optionsType, .byte(operation.optionsTable)),
        (Slot.options, isOptional ? .absent : .reference(options)),
      ])
  }

  /// What the operator must have learned to run this node.
  private func version(_ operation: TFLiteOperator, _ node: Graph.Node) -> Int32 {
    let isInt8 = node.inputs.prefix(2).contains { $0.map { graph.tensors[$0].dataType == .int8 } ?? false }
    let base = isInt8 ? operation.int8Version : 1
    switch node.operatorName {
    case "broadcast_to": return max(base, 2)
    case "resize_bilinear", "resize_nearest_neighbor":
      return node.attributes.bool("half_pixel_centers") || node.attributes.bool("align_corners") ? max(base, 3) : base
    case "depthwise_conv_2d":
      let isDilated = [node.attributes.int("dilation_h"), node.attributes.int("dilation_w")].contains { ($0 ?? 1) > 1 }
      return isDilated ? max(base, 2) : base
    case "transpose_conv": return node.inputs.count > 3 ? max(base, 3) : base
    case "fully_connected": return node.attributes.bool("keep_num_dims") ? max(base, 5) : base
    default: return base
    }
  }
}

extension FlatBufferBuilder {
  fileprivate mutating func add(_ tensor: Graph.Tensor, _ name: String, buffer: Int) -> Position {
    typealias Slot = TFLiteSchema.Tensor
    var quantization = Field.absent
    if let scales = tensor.quantization {
      quantization = .reference(
        table(
          slots: [
            (TFLiteSchema.Quantization.scale, .reference(vector(scales.scales))),
            (TFLiteSchema.Quantization.zeroPoint, .reference(vector(scales.zeroPoints.map { Int64($0) }))),
            (TFLiteSchema.Quantization.axis, .int(Int32(scales.axis))),
          ]))
    }
    return table(
      slots: [
        (Slot.shape, .reference(vector((tensor.shape ?? Shape([])).dimensions.map { Int32($0) }))),
        (Slot.type, .byte(UInt8(tensor.dataType.tfliteCode))),
        (Slot.buffer, .int(Int32(buffer))),
        (Slot.name, .reference(string(name))),
        (Slot.quantization, quantization),
      ])
  }

  /// A table of fields that say their slots.
  fileprivate mutating func table(slots: [(slot: Int, field: Field)]) -> Position {
    var fields = [Field](repeating: .absent, count: (slots.map { $0.slot }.max() ?? -1) + 1)
    for (slot, field) in slots { fields[slot] = field }
    return table(fields)
  }
}
