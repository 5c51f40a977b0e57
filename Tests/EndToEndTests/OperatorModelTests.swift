import EdgeQuant
import Foundation
import Testing

/// Other projects' one- and few-operator models, float and int8.
@Suite struct OperatorModelTests {
  /// Operators that a CNN runtime need not have, and what their models need.
  static let unsupported: Set<String> = [
    "DYNAMIC_UPDATE_SLICE", "EMBEDDING_LOOKUP", "EQUAL", "NOT_EQUAL", "SELECT", "SELECT_V2",
  ]
  /// Models whose operators are supported but whose types are not, and what a refusal must say. TensorFlow Lite's reference kernel takes
  /// weights of BATCH_MATMUL with a scale for each channel as all zero.
  static let unsupportedTypes = [
    "single_add_default_a16w8_recipe_quantized.tflite": "int16", "bmm_constant_input.a8w8.tflite": "x2",
  ]

  static func isSupported(_ test: Manifest.Case) -> Bool {
    unsupportedTypes[test.model] == nil && unsupported.isDisjoint(with: test.ops?.keys.map { $0 } ?? [])
  }

  @Test(.needsSharedData, arguments: Manifest.sharedCases("ops").filter { isSupported($0) })
  func `supported operators give the reference outputs`(_ test: Manifest.Case) throws {
    let folder = try TestData.shared("ops")
    let model = try ConvertedModel(folder.appendingPathComponent(test.model))
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for threads in [1, 2] {
      let results = try model.run(inputs, threads: threads)
      #expect(results.count == test.outputs.count)
      for (computed, output) in zip(results, test.outputs) {
        let expected = try Manifest.bytes(of: output, in: folder)
        #expect(output.difference(computed, expected) == nil, "\(threads) threads, \(output.name ?? "")")
      }
    }
  }

  @Test(.needsSharedData, arguments: Manifest.sharedCases("ops").filter { !isSupported($0) })
  func `other operators are refused by name`(_ test: Manifest.Case) throws {
    let url = try TestData.shared("ops/\(test.model)")
    let error = #expect(throws: QuantError.self) { try ConvertedModel(url) }
    let text = error.map { "\($0)" } ?? ""
    if let cause = OperatorModelTests.unsupportedTypes[test.model] {
      #expect(text.contains(cause))
    } else {
      let names = OperatorModelTests.unsupported.intersection(test.ops?.keys.map { $0 } ?? [])
      #expect(names.allSatisfy { text.contains($0) })
    }
  }
}
