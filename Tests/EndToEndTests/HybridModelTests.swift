import EdgeModel
import EdgeQuant
import Foundation
import Testing

/// Models with int8 weights and float activations: held to a float64 computation on the dequantized weights.
@Suite struct HybridModelTests {
  static let models: Set<String> = ["model_ToyCar_quant.tflite", "kws_ref_model_float32.tflite"]

  @Test(.needsSharedData, arguments: Manifest.sharedCases("goldens").filter { models.contains($0.model) })
  func `outputs are those of a float64 computation`(_ test: Manifest.Case) throws {
    let url = try TestData.shared("models/\(test.model)")
    let input = try Manifest.bytes(of: test.inputs[0], in: try TestData.shared("goldens"))
    var report = Report()
    let source = try TFLiteImporter.graph(from: ModelBytes(copying: try TestData.bytes(url)), report: &report)
    let expected = try Float64Executor(source).run(Comparison.floats(input).map { Double($0) })
    let computed = try ConvertedModel(url).run([input])[0]
    #expect(
      Comparison.relative(Comparison.floats(computed), expected.map { Float($0) }, tolerance: 1e-4) == nil)
  }

  @Test(.needsSharedData) func `dequantized weights are announced`() throws {
    let model = try ConvertedModel(try TestData.shared("models/model_ToyCar_quant.tflite"))
    #expect(model.report.notes.contains { $0.contains("weights of 10 tensors are dequantized") })
  }
}
