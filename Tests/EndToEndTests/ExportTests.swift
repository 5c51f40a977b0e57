import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation
import Testing
import _EdgeTestSupport

/// Files that `edgequant export` writes: TensorFlow Lite's reference kernels give our bytes, and our own importer takes them back.
@Suite struct ExportTests {
  /// A model, its export, inputs, and what the runtime gives for them.
  struct Exported {
    let label: String
    let file: [UInt8]
    let model: ConvertedModel
    let inputs: [[UInt8]]
    let outputs: [[UInt8]]

    init(_ label: String, _ model: ConvertedModel, inputs: [[UInt8]]? = nil) throws {
      self.label = label
      self.model = model
      var report = Report()
      file = try TFLiteExporter.bytes(of: model.conversion.model, report: &report)
      self.inputs = inputs ?? Self.randomInputs(model)
      outputs = try model.run(self.inputs)
    }

    private static func randomInputs(_ model: ConvertedModel) -> [[UInt8]] {
      var random = SplitMix64(seed: 44)
      return model.conversion.model.inputs.map { index in
        let type = model.conversion.model.tensors[index].type
        switch type.dataType {
        case .int8, .uint8: return (0..<type.byteCount).map { _ in UInt8(random.int(in: 0...255)) }
        case .float32:
          let values = (0..<type.shape.elementCount).map { _ in Float(random.int(in: -1000...1000)) / 500 }
          return values.withUnsafeBytes { [UInt8]($0) }
        default: return [UInt8](repeating: 0, count: type.byteCount)
        }
      }
    }

    var job: Programs.LiteRTJob {
      let edge = model.conversion.model
      return Programs.LiteRTJob(
        model: file, inputs: inputs, types: edge.inputs.map { edge.tensors[$0].type }, outputCount: edge.outputs.count)
    }

    /// What LiteRT gives against what we give.
    func expect(_ reference: [[UInt8]]) {
      for (number, (computed, expected)) in zip(outputs, reference).enumerated() {
        let tensor = model.conversion.model.outputs[number]
        let name = "\(label), output \(number) \"\(model.conversion.model.tensorName(tensor))\""
        if model.conversion.model.tensors[tensor].type.dataType == .float32 {
          let difference = Comparison.relative(
            Comparison.floats(computed), Comparison.floats(expected), tolerance: 1e-4)
          #expect(difference == nil, "\(name)")
        } else {
          #expect(Comparison.exact(computed, expected) == nil, "\(name)")
        }
      }
    }
  }

  /// Single operators in many shapes. int8 SUM is left out, since TensorFlow Lite's reference kernel for it is defective, and what has no
  /// reference kernel.
  private static func fixtures(_ isIncluded: (Manifest.Case) -> Bool = { _ in true }) throws -> [Exported] {
    let folder = OperatorFixtureTests.folder
    return try OperatorFixtureTests.cases.filter {
      $0.kernels == "reference" && $0.model != "sum.int8.tflite" && isIncluded($0)
    }.map {
      test in
      try Exported(
        test.model, try ConvertedModel(folder.appendingPathComponent(test.model)),
        inputs: try test.inputs.map { try Manifest.bytes(of: $0, in: folder) })
    }
  }

  @Test(.needsLiteRT) func `exported operators give our bytes in TensorFlow Lite's reference kernels`() throws {
    let exported = try Self.fixtures()
    for (model, reference) in zip(exported, try Programs.litertReference(exported.map { $0.job })) {
      model.expect(reference)
    }
  }

  @Test func `exported operators are imported again and give the same bytes`() throws {
    for model in try Self.fixtures({ !$0.isFloat }) {
      let again = try ConvertedModel(tflite: model.file)
      #expect(try again.run(model.inputs) == model.outputs, "\(model.label)")
    }
  }

  static let goldens = Set(Manifest.sharedCases("goldens").filter { !$0.isFloat }.map { $0.model }).sorted()
  static let quantizedONNX = ONNXModelTests.models.filter {
    $0.contains("quant") || $0.contains("qdq") || $0.contains("int8")
  }

  @Test(.needsSharedData, .needsLiteRT)
  func `exported networks give our bytes in TensorFlow Lite's reference kernels`() throws {
    let files = (Self.goldens + ["tf2_mobilenet_v2_1.0_224_ptq.tflite"]).map { "models/\($0)" }
    let exported = try (files + Self.quantizedONNX.map { "onnx/\($0)" }).map { path in
      try Exported(path, try ConvertedModel(try TestData.shared(path)))
    }
    #expect(exported.count >= 15)
    for (model, reference) in zip(exported, try Programs.litertReference(exported.map { $0.job })) {
      model.expect(reference)
      let again = try ConvertedModel(tflite: model.file)
      #expect(try again.run(model.inputs) == model.outputs, "\(model.label), imported again")
    }
  }

  @Test(.needsSharedData, .needsLiteRT) func `float networks stay within 1e-4 of TensorFlow Lite`() throws {
    let files = ["models/pretrainedResnet.tflite", "models/vww_96_float.tflite", "onnx/mobilenet_v2_w035.onnx"]
    let exported = try files.map { try Exported($0, try ConvertedModel(try TestData.shared($0))) }
    for (model, reference) in zip(exported, try Programs.litertReference(exported.map { $0.job })) {
      model.expect(reference)
    }
  }

  @Test(.needsSharedData) func `a uint8 model is uint8 again, with the weights of its source`() throws {
    let url = try TestData.shared("models/mobilenet_v1_0.25_128_quant.tflite")
    let exported = try Exported("mobilenet_v1", try ConvertedModel(url))
    var report = Report()
    let source = try TFLiteImporter.graph(from: ModelBytes(copying: try TestData.bytes(url)), report: &report)
    let graph = try TFLiteImporter.graph(from: ModelBytes(copying: exported.file), report: &report)
    #expect(!graph.tensors.contains { $0.dataType == .int8 })
    #expect(graph.nodes.map { $0.operatorName } == source.nodes.map { $0.operatorName })
    let weights = { (graph: Graph) in
      graph.nodes.filter { $0.operatorName.contains("conv") }.map { graph.input(1, of: $0)?.data }
    }
    #expect(weights(graph) == weights(source))
  }

  @Test(.needsSharedData) func `sparse weights become dense again`() throws {
    let graph = try ConvertedModel(try TestData.shared("models/pretrainedResnet_quant.tflite")).graph
    let files = try [SparseStorage.never, .always].map { storage in
      var report = Report()
      var converter = Converter()
      converter.sparse = storage
      let model = try converter.convert(graph, report: &report).model
      #expect(model.tensors.contains { $0.layout == .o16k4Sparse } == (storage == .always))
      return try TFLiteExporter.bytes(of: model, report: &report)
    }
    #expect(files[0] == files[1])
  }

  @Test(.needsSharedData, .needsLiteRT) func `a network quantized here gives our bytes in TensorFlow Lite`() throws {
    var report = Report()
    let source = try Converter.source(
      ModelBytes(copying: try TestData.bytes(try TestData.shared("models/pretrainedResnet.tflite"))), report: &report)
    let samples = try Dataset.open(TestData.shared("cifar10/train_calib_500.bin").path, report: &report)
    let preprocessing = Preprocessing(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    let set = try CalibrationSet(samples, for: source, preprocessing: preprocessing, limit: 20, report: &report)
    var quantizer = Quantizer()
    quantizer.io = .int8
    quantizer.repairs = []
    let decision = try quantizer.decide(source, set)
    let graph = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &report)
    let exported = try Exported("ResNet8", try ConvertedModel(graph))
    exported.expect(try Programs.litertReference([exported.job])[0])
  }
}
