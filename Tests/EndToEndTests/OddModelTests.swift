import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation
import Testing

/// Malformed and unusual files: accepted or refused as a CNN runtime should, with a message that helps.
@Suite struct OddModelTests {
  struct Entry: Decodable, CustomTestStringConvertible {
    let file: String
    let expectedOfACnnRuntime: String
    var testDescription: String { "\(file): \(expectedOfACnnRuntime)" }
    var mayRun: Bool { expectedOfACnnRuntime.contains("run") }
    var mayRefuse: Bool { expectedOfACnnRuntime.contains("refuse") }
  }

  static let entries: [Entry] = {
    guard let shared = TestData.shared,
      let data = try? Data(contentsOf: shared.appendingPathComponent("models_odd/manifest.json"))
    else { return [] }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try? decoder.decode([Entry].self, from: data)) ?? []
  }()

  /// What a refusal must say, where the manifest knows a cause.
  static let causes = [
    "no_subgraphs": "no subgraph", "test_model_broken": "neither a TensorFlow Lite model", "test_model": "CONV_2D",
    "sparse_tensor": "sparse", "string_input_model": "string", "conv3d_huge_im2col": "CONV_3D",
    "segment_sum_invalid_buffer": "SEGMENT_SUM", "test_custom_node_with_init_data": "the_custom_code",
    "multi_subgraphs_while": "control flow", "nested_while": "control flow", "custom_lstm": "LSTM",
    "double_flex": "FlexDouble", "blockwise_quantized": "blockwise",
  ]

  @Test(.needsSharedData) func `the manifest has entries`() {
    #expect(OddModelTests.entries.count >= 21)
  }

  @Test(.needsSharedData, arguments: entries) func `file is treated as the manifest expects`(_ entry: Entry) throws {
    let bytes = try TestData.bytes(try TestData.shared("models_odd/\(entry.file)"))
    var report = Report()
    do throws(QuantError) {
      let graph = try Converter.lowered(Converter.source(ModelBytes(copying: bytes), report: &report), report: &report)
      let conversion = try Converter().convert(graph, report: &report)
      #expect(entry.mayRun, "accepted, though expected: \(entry.expectedOfACnnRuntime)")
      // Nothing that the source calls huge may need a multiple of its own tensors.
      #expect(conversion.model.plans.allSatisfy { $0.peak < 1 << 30 })
    } catch {
      #expect(entry.mayRefuse, "\(error)")
      if let cause = OddModelTests.causes[String(entry.file.dropLast(".tflite".count))] {
        #expect("\(error)".contains(cause))
      }
    }
  }
}
