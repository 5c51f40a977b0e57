import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation
import Testing

/// Every operator's output inside real networks, so that a difference is found where it begins.
@Suite struct LayerTests {
  struct Network: Decodable, CustomTestStringConvertible {
    struct Layer: Decodable {
      let opIndex: Int
      let op: String
      let file: String
      let dtype: String
    }

    let model: String
    let input: String
    let layers: [Layer]
    var testDescription: String { model }
  }

  static let networks: [Network] = {
    guard let shared = TestData.shared,
      let data = try? Data(contentsOf: shared.appendingPathComponent("layers/manifest.json"))
    else { return [] }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try? decoder.decode([Network].self, from: data)) ?? []
  }()

  @Test(.needsSharedData, arguments: networks)
  func `every layer gives the reference output`(_ network: Network) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(network.model)"))
    let interpreter = try Interpreter(try Plan(model.conversion.model, threads: 2, fuses: false))
    try ConvertedModel.fill(interpreter, [try TestData.bytes(try TestData.shared(network.input))])
    var comparedCount = 0
    for (step, node) in model.graph.nodes.enumerated() {
      try interpreter.run(step: step)
      // Conversion adds `quantize` nodes at uint8 boundaries; the reference has no such layer.
      guard let layer = network.layers.first(where: { $0.opIndex == node.source.index }),
        layer.op == node.operatorName.uppercased()
      else { continue }
      let computed = [UInt8](interpreter.tensor(node.outputs[0]))
      let expected = try TestData.bytes(try TestData.shared("layers/\(layer.file)"))
      let difference =
        switch layer.dtype {
        case "float32": Comparison.relative(Comparison.floats(computed), Comparison.floats(expected), tolerance: 1e-4)
        case "uint8": Comparison.exact(computed.map { $0 ^ 0x80 }, expected)
        default: Comparison.exact(computed, expected)
        }
      comparedCount += 1
      try #require(
        difference == nil, "operator \(layer.opIndex) \(layer.op) \"\(node.name)\" is the first that differs")
    }
    #expect(comparedCount == network.layers.count)
  }
}
