import EdgeTensor
import Foundation
import Testing

/// Real ONNX networks against the outputs of onnxruntime.
@Suite struct ONNXModelTests {
  struct Case: Decodable {
    let model: String
    let `case`: String
    let input: Manifest.Array
    let output: Manifest.Array

    var isQuantized: Bool { model.contains("quant") || model.contains("qdq") || model.contains("int8") }
  }

  private struct Cases: Decodable { let cases: [Case] }

  static let cases: [Case] = {
    guard let url = try? TestData.shared("onnx/manifest.json"), let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode(Cases.self, from: data))?.cases ?? []
  }()

  static let models = Set(cases.map { $0.model }).sorted()

  @Test(.needsSharedData, arguments: models)
  func `float models stay within 1e-4 of the largest output, quantized ones keep the top class`(_ name: String) throws {
    let model = try ConvertedModel(try TestData.shared("onnx/\(name)"))
    for test in Self.cases where test.model == name {
      let (computed, expected) = try Self.outputs(model, test)
      if !test.isQuantized {
        let difference = Comparison.relative(
          Comparison.floats(computed), Comparison.floats(expected), tolerance: 1e-4)
        #expect(difference == nil, "\(test.case)")
      } else if test.output.isFloat {
        #expect(
          Self.topClass(Comparison.floats(computed)) == Self.topClass(Comparison.floats(expected)), "\(test.case)")
      } else {
        #expect(Self.topClass(Self.codes(computed)) == Self.topClass(Self.codes(expected)), "\(test.case)")
      }
    }
  }

  @Test(.needsSharedData) func `the manifest is not empty`() { #expect(Self.models.count >= 13) }

  /// What the converted model and onnxruntime give. NCHW inputs are put into the order of the converted model.
  private static func outputs(_ model: ConvertedModel, _ test: Case) throws -> (computed: [UInt8], expected: [UInt8]) {
    let folder = try TestData.shared("")
    var input = try Manifest.bytes(of: test.input, in: folder)
    if model.graph.inputTypes[0].shape.dimensions != test.input.shape {
      input = PictureOrder.channelsLast(input, shape: test.input.shape, elementByteCount: test.input.elementByteCount)
    }
    return (try model.run([input])[0], try Manifest.bytes(of: test.output, in: folder))
  }

  private static func codes(_ bytes: [UInt8]) -> [Int8] { bytes.map { Int8(bitPattern: $0) } }

  private static func topClass<T: Comparable>(_ scores: [T]) -> Int? {
    scores.indices.max { scores[$0] < scores[$1] }
  }
}

enum PictureOrder {
  /// `[N, C, H, W]` as `[N, H, W, C]`.
  static func channelsLast(_ bytes: [UInt8], shape: [Int], elementByteCount size: Int) -> [UInt8] {
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    var result: [UInt8] = []
    for image in 0..<shape[0] {
      for pixel in 0..<pixels {
        for channel in 0..<channels {
          let element = (image * channels + channel) * pixels + pixel
          result += bytes[element * size..<(element + 1) * size]
        }
      }
    }
    return result
  }
}
