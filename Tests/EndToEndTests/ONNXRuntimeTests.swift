import Foundation
import Testing

/// Single ONNX operators against onnxruntime, which is asked in its own process.
@Suite struct ONNXRuntimeTests {
  @Test(.needsONNXRuntime) func `every operator gives what onnxruntime gives`() throws {
    try Programs.withTemporaryFolder { folder in
      try Self.reference(["operators", folder.path])
      let cases = try Manifest(folder).cases
      #expect(cases.count > 250)
      for test in cases { Self.check(test, in: folder) }
    }
  }

  /// Model, and one of its inputs in the shared data.
  static let quantizedModels = [
    ("pretrainedResnet.qdq_s8", "goldens/pretrainedResnet/r0.in0.bin"),
    ("pretrainedResnet.qdq_u8_pertensor", "goldens/pretrainedResnet/r0.in0.bin"),
    ("pretrainedResnet_quant.tf2onnx", "goldens/pretrainedResnet_quant/r0.in0.bin"),
    ("vww_96_int8.tf2onnx", "goldens/vww_96_int8/r0.in0.bin"), ("vww_96.qdq_s8", "goldens/vww_96_float/r0.in0.bin"),
    ("resnet18_slim.qdq", "onnx/inputs/nchw_128_r0.bin"),
  ]

  @Test(.needsSharedData, .needsONNXRuntime, arguments: quantizedModels)
  func `each quantized operator of a network is within one count when it gets the same codes`(
    _ name: String, _ input: String
  ) throws {
    try Programs.withTemporaryFolder { folder in
      try Self.reference([
        "layers", try TestData.shared("onnx/\(name).onnx").path, try TestData.shared(input).path, folder.path,
      ])
      let cases = try Manifest(folder).cases
      #expect(cases.count >= 12)
      for test in cases { Self.check(test, in: folder) }
    }
  }

  private static func reference(_ arguments: [String]) throws {
    let python = try #require(Programs.onnxruntimePython)
    let script = Programs.package.appendingPathComponent("Tests/Tools/onnxruntime_reference.py")
    try Programs.run(python, [script.path] + arguments)
  }

  /// Float outputs within 1e-5 of the largest, 8-bit ones within one count, others equal.
  private static func check(_ test: Manifest.Case, in folder: URL) {
    do {
      let model = try ConvertedModel(folder.appendingPathComponent(test.model))
      let inputs = try zip(test.inputs, model.graph.inputTypes).map { array, type in
        let bytes = try Manifest.bytes(of: array, in: folder)
        guard type.shape.dimensions != array.shape else { return bytes }
        return PictureOrder.channelsLast(bytes, shape: array.shape, elementByteCount: array.elementByteCount)
      }
      let outputs = try model.run(inputs)
      for (index, (computed, array)) in zip(outputs, test.outputs).enumerated() {
        let difference = difference(computed, try Manifest.bytes(of: array, in: folder), array)
        #expect(difference == nil, "\(test.case), output \(index)")
        #expect(model.graph.tensors[model.graph.outputs[index]].shape?.dimensions == array.shape, "\(test.case)")
      }
    } catch {
      Issue.record("\(test.case): \(error)")
    }
  }

  private static func difference(_ computed: [UInt8], _ expected: [UInt8], _ array: Manifest.Array) -> String? {
    guard array.dtype == "int8" || array.dtype == "uint8" else { return array.difference(computed, expected) }
    guard computed.count == expected.count else { return "\(computed.count) codes, expected \(expected.count)" }
    let isSigned = array.dtype == "int8"
    func code(_ byte: UInt8) -> Int { isSigned ? Int(Int8(bitPattern: byte)) : Int(byte) }
    let far = zip(computed, expected).filter { abs(code($0) - code($1)) > 1 }
    return far.first.map { "\(far.count) codes are off by more than 1, such as \(code($0)) for \(code($1))" }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test that asks onnxruntime.
  static var needsONNXRuntime: Self {
    .enabled(if: Programs.onnxruntimePython != nil, "run Tests/Tools/onnxruntime-venv.sh to run this")
  }
}
