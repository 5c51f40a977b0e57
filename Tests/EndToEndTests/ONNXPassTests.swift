import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation
import Testing

/// What the passes leave of real ONNX networks.
@Suite struct ONNXPassTests {
  @Test(.needsSharedData, arguments: ONNXModelTests.models)
  func `no transpose and no written-out activation is left`(_ name: String) throws {
    let graph = try Self.source("onnx/\(name)")
    let left = graph.nodes.map { $0.operatorName }.filter {
      ["transpose", "relu", "relu6", "maximum", "minimum", "mul", "sub", "div", "pad"].contains($0)
    }
    #expect(left.isEmpty)
    #expect(
      graph.nodes.allSatisfy { $0.attributes.entries.allSatisfy { $0.key != "pads" } || !name.contains("tf2onnx") })
  }

  @Test(
    .needsSharedData,
    arguments: ONNXModelTests.models.filter { $0.contains("qdq") || $0.contains("int8") || $0.contains("quant") })
  func `quantized networks compute on codes alone`(_ name: String) throws {
    let graph = try Self.source("onnx/\(name)")
    for node in graph.nodes {
      let result = graph.tensors[node.outputs[0]]
      let isEdge = node.operatorName == "dequantize" && graph.outputs.contains(node.outputs[0])
      #expect(result.dataType == .int8 || isEdge, "\(node.operatorName) \"\(node.name)\" gives \(result)")
    }
  }

  /// The ONNX file, and the TensorFlow Lite file that it was made from.
  private static let twins = [
    ("pretrainedResnet.tf2onnx", "pretrainedResnet"), ("pretrainedResnet_quant.tf2onnx", "pretrainedResnet_quant"),
    ("vww_96_float.tf2onnx", "vww_96_float"), ("vww_96_int8.tf2onnx", "vww_96_int8"),
    ("ad01_fp32.tf2onnx", "ad01_fp32"),
  ]

  @Test(.needsSharedData, arguments: twins)
  func `a network is the same by way of ONNX: operators, parameters, memory`(_ onnx: String, _ tflite: String) throws {
    let (one, other) = (try Self.source("onnx/\(onnx).onnx"), try Self.source("models/\(tflite).tflite"))
    // In some order: branches may come the other way round.
    #expect(one.nodes.map { $0.operatorName }.sorted() == other.nodes.map { $0.operatorName }.sorted())
    func byteCounts(_ graph: Graph) -> [Int] { graph.tensors.compactMap { $0.data?.count }.filter { $0 > 64 }.sorted() }
    #expect(byteCounts(one) == byteCounts(other))
    #expect(try Self.peak(one) == Self.peak(other))
  }

  private static func source(_ path: String) throws -> Graph {
    var report = Report()
    let bytes = try Data(contentsOf: TestData.shared(path))
    return try Converter.source(ModelBytes(copying: [UInt8](bytes)), report: &report)
  }

  /// Bytes of the arena.
  private static func peak(_ source: Graph) throws -> Int {
    var report = Report()
    let file = try Converter().convert(Converter.lowered(source, report: &report), report: &report)
    return try Plan(file.model).memory.peak
  }
}
