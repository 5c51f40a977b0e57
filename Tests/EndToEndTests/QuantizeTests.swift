import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation
import Testing

/// Float networks of others, quantized here and measured on labelled pictures that calibration never saw.
@Suite struct QuantizeTests {
  private struct Case {
    let source: Graph
    let quantized: Graph
    let preprocessing: Preprocessing

    func evaluation(_ graph: Graph, _ data: String) throws -> Evaluation {
      var report = Report()
      let runnable = try RunnableModel(
        try Converter.lowered(graph, report: &report), name: "network", preprocessing: preprocessing)
      let dataset = try Dataset.open(TestData.shared(data).path, report: &report)
      return try Evaluator(runnable).evaluate(dataset, report: &report)
    }
  }

  private func quantized(_ model: String, _ data: String, mean: Float, deviation: Float, limit: Int) throws -> Case {
    var report = Report()
    let source = try Converter.source(
      ModelBytes(copying: [UInt8](Data(contentsOf: TestData.shared(model)))), report: &report)
    var choice = PreprocessingChoice()
    (choice.mean, choice.standardDeviation) = ([mean], [deviation])
    let input = try #require(source.inputTypes.first)
    let preprocessing = try #require(try choice.resolved(for: input, report: &report))
    let set = try CalibrationSet(
      try Dataset.open(TestData.shared(data).path, report: &report), for: source, preprocessing: preprocessing,
      limit: limit, report: &report)
    var quantizer = Quantizer()
    quantizer.inputRange = preprocessing.range
    let decision = try quantizer.decide(source, set)
    return Case(
      source: source, quantized: try decision.graph.quantized(by: decision.recipe), preprocessing: preprocessing)
  }

  @Test(.needsSharedData)
  func `ResNet8 loses at most 0.3 points and keeps 97 of 100 answers`() throws {
    let network = try quantized(
      "models/pretrainedResnet.tflite", "cifar10/train_calib_500.bin", mean: 0, deviation: 1, limit: 500)
    var (right, lost, same, total) = (0, 0, 0, 0)
    for data in ["cifar10/test_500.bin", "cifar10/test_jpegq75_1000.bin"] {
      let float = try network.evaluation(network.source, data)
      let int8 = try network.evaluation(network.quantized, data)
      let paired = float.paired(with: int8)
      lost += paired.onlyFirstRight - paired.onlySecondRight
      same += float.agreement(with: int8).count
      total += paired.total
      if data == "cifar10/test_500.bin" { right = int8.top1.count }
    }
    #expect(right >= 435)
    #expect(Double(lost) <= 0.003 * Double(total), "\(lost) of \(total)")
    #expect(Double(same) >= 0.97 * Double(total), "\(same) of \(total)")
  }

  @Test(.needsSharedData)
  func `a digit network loses at most 0.3 points and keeps 97 of 100 answers`() throws {
    let network = try quantized(
      "models/conv_fc_mnist.tflite", "mnist/t10k_train8000-images-idx3-ubyte", mean: 0, deviation: 255, limit: 500)
    let float = try network.evaluation(network.source, "mnist/t10k_1000-images-idx3-ubyte")
    let int8 = try network.evaluation(network.quantized, "mnist/t10k_1000-images-idx3-ubyte")
    #expect(float.top1.count == 968)
    #expect(float.paired(with: int8).drop <= 0.003)
    #expect(float.agreement(with: int8).value >= 0.97)
  }
}
