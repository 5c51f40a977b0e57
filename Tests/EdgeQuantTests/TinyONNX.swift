import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Foundation
import SwiftProtobuf

/// Small ONNX files, written with the messages that the importer reads.
struct TinyONNX {
  var model = ONNX_ModelProto()

  init(opset: Int64 = 17) {
    model.irVersion = 8
    model.graph.name = "tiny"
    var standard = ONNX_OperatorSetIdProto()
    standard.domain = ""
    standard.version = opset
    model.opsetImport = [standard]
  }

  /// - Parameter shape: a text stands for an open extent of that name.
  mutating func input(_ name: String, _ shape: [Any], type: Int32 = 1) {
    model.graph.input.append(TinyONNX.info(name, shape, type))
  }

  mutating func output(_ name: String, _ shape: [Any] = []) { model.graph.output.append(TinyONNX.info(name, shape, 1)) }

  mutating func node(
    _ opType: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: [Int64]] = [:], name: String = "",
    domain: String = ""
  ) {
    var node = ONNX_NodeProto()
    (node.opType, node.input, node.output, node.name) = (opType, inputs, outputs, name)
    if !domain.isEmpty { node.domain = domain }
    node.attribute = attributes.sorted { $0.key < $1.key }.map { key, values in
      var attribute = ONNX_AttributeProto()
      attribute.name = key
      if values.count == 1 { attribute.i = values[0] }
      attribute.ints = values
      return attribute
    }
    model.graph.node.append(node)
  }

  mutating func floats(_ name: String, _ shape: [Int64], _ values: [Float]) {
    model.graph.initializer.append(TinyONNX.tensor(name, 1, shape) { $0.floatData = values })
  }

  mutating func int64s(_ name: String, _ values: [Int64]) {
    model.graph.initializer.append(TinyONNX.tensor(name, 7, [Int64(values.count)]) { $0.int64Data = values })
  }

  mutating func codes(_ name: String, _ shape: [Int64], _ values: [Int8]) {
    model.graph.initializer.append(
      TinyONNX.tensor(name, 3, shape) { $0.rawData = Data(values.map { UInt8(bitPattern: $0) }) })
  }

  static func tensor(
    _ name: String, _ type: Int32, _ shape: [Int64], _ fill: (inout ONNX_TensorProto) -> Void
  ) -> ONNX_TensorProto {
    var tensor = ONNX_TensorProto()
    (tensor.name, tensor.dataType, tensor.dims) = (name, type, shape)
    fill(&tensor)
    return tensor
  }

  private static func info(_ name: String, _ shape: [Any], _ type: Int32) -> ONNX_ValueInfoProto {
    var info = ONNX_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = type
    info.type.tensorType.shape = ONNX_TensorShapeProto()
    for extent in shape {
      var dimension = ONNX_TensorShapeProto.Dimension()
      if let value = extent as? Int { dimension.dimValue = Int64(value) } else { dimension.dimParam = "\(extent)" }
      info.type.tensorType.shape.dim.append(dimension)
    }
    return info
  }

  var bytes: [UInt8] { (try? model.serializedBytes()) ?? [] }

  /// A dense layer of known numbers: `y = relu(x · W + b)`, x `[1, 2]`, W `[[1, −1], [2, 3]]`, b `[0.5, −4]`.
  static var dense: TinyONNX {
    var file = TinyONNX()
    file.input("x", [1, 2])
    file.floats("w", [2, 2], [1, -1, 2, 3])
    file.floats("b", [2], [0.5, -4])
    file.node("Gemm", ["x", "w", "b"], ["g"], name: "dense")
    file.node("Relu", ["g"], ["y"], name: "activation")
    file.output("y")
    return file
  }

  // MARK: Use

  func imported(folder: String? = nil) throws(QuantError) -> (graph: Graph, report: Report) {
    var report = Report()
    return (try ONNXImporter.graph(from: ModelBytes(copying: bytes), folder: folder, report: &report), report)
  }

  /// The float32 outputs of the converted model.
  func run(_ inputs: [[Float]], folder: String? = nil) throws -> [[Float]] {
    var report = Report()
    let source = try Converter.source(ModelBytes(copying: bytes), folder: folder, report: &report)
    let conversion = try Converter().convert(try Converter.lowered(source, report: &report), report: &report)
    let interpreter = try Interpreter(try Plan(conversion.model))
    for (index, values) in inputs.enumerated() {
      interpreter.input(index).copyBytes(from: Graph.Tensor.bytes(of: values))
    }
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { index in
      let output = interpreter.output(index)
      return (0..<output.count / 4).map { output.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// What the conversion says against the file; empty if it is accepted.
  func complaint(folder: String? = nil) -> String {
    var report = Report()
    do throws(QuantError) {
      let source = try Converter.source(ModelBytes(copying: bytes), folder: folder, report: &report)
      _ = try Converter.lowered(source, report: &report)
      return ""
    } catch {
      return "\(error)"
    }
  }
}
