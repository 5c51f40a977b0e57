import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation
import Testing

/// Real networks against the outputs of TensorFlow Lite's reference kernels.
@Suite struct GoldenModelTests {
  /// Their weights are int8 and their activations float: TensorFlow Lite quantizes the activations on the way, we do not.
  static let hybridTolerances = ["model_ToyCar_quant.tflite": 0.02, "kws_ref_model_float32.tflite": 2e-4]

  @Test(.needsSharedData, arguments: Manifest.sharedCases("goldens").filter { !$0.isFloat })
  func `integer models give the reference bytes with any thread count`(_ test: Manifest.Case) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
    let folder = try TestData.shared("goldens")
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for threads in 1...4 {
      for (computed, expected) in zip(try model.run(inputs, threads: threads), test.outputs) {
        let difference = Comparison.exact(computed, try Manifest.bytes(of: expected, in: folder))
        #expect(difference == nil, "\(threads) threads, output \(expected.name ?? "")")
      }
    }
  }

  @Test(.needsSharedData, arguments: Manifest.sharedCases("goldens").filter { $0.isFloat })
  func `float models stay within their tolerance`(_ test: Manifest.Case) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
    let folder = try TestData.shared("goldens")
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    let tolerance = GoldenModelTests.hybridTolerances[test.model] ?? 1e-4
    for threads in [1, 4] {
      for (computed, expected) in zip(try model.run(inputs, threads: threads), test.outputs) {
        let difference = Comparison.relative(
          Comparison.floats(computed), Comparison.floats(try Manifest.bytes(of: expected, in: folder)),
          tolerance: tolerance)
        #expect(difference == nil, "\(threads) threads, output \(expected.name ?? "")")
      }
    }
  }

  @Test(.needsSharedData, arguments: ["keras_lstm_mnist_ptq", "invalid_model_invoking_error"])
  func `models beyond a CNN are refused by name`(_ name: String) throws {
    let url = try TestData.shared("models/\(name).tflite")
    let error = #expect(throws: QuantError.self) { try ConvertedModel(url) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(name == "keras_lstm_mnist_ptq" ? "UNIDIRECTIONAL_SEQUENCE_LSTM" : "fake-op-double"))
  }

  @Test(.needsSharedData) func `conversion is deterministic`() throws {
    let url = try TestData.shared("models/vww_96_int8.tflite")
    #expect(try ConvertedModel(url).conversion.bytes == ConvertedModel(url).conversion.bytes)
  }
}
