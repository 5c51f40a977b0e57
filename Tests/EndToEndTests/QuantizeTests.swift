import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Foundation
import Testing

/// The first output of a network in units of 1/256, the scale of int8 softmax.
private struct Outputs {
  private let interpreter: Interpreter
  private let encoder: InputEncoder

  init(_ runnable: RunnableModel) throws {
    interpreter = try Interpreter(try Plan(runnable.model))
    encoder = try InputEncoder(interpreter.inputType(0), preprocessing: runnable.preprocessing)
  }

  /// Of the first class.
  func counts(_ data: Dataset, _ index: Int) throws -> Double {
    try encoder.write(try data.sample(index), into: interpreter.input(0))
    try interpreter.invoke()
    let output = interpreter.output(0)
    return interpreter.outputType(0).dataType == .float32
      ? 256 * Double(output.load(as: Float.self)) : Double(output.load(as: Int8.self)) + 128
  }
}

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
      "models/pretrainedResnet.tflite", "cifar10/train_calib_500.bin", mean: 0, deviation: 1, limit: 250)
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

  /// The int8 model of its makers is itself up to 16 counts away from the float one on these photographs.
  @Test(.needsSharedData)
  func `a person detector is nearer to its float form on photographs than the int8 model of its makers`() throws {
    let network = try quantized("models/vww_96_float.tflite", "images", mean: 0, deviation: 255, limit: 100)
    var report = Report()
    var choice = PreprocessingChoice()
    (choice.mean, choice.standardDeviation) = ([0], [255])
    let makers = try RunnableModel.load(
      try #require(ModelBytes(mapping: TestData.shared("models/vww_96_int8.tflite").path)), name: "makers",
      preprocessing: choice, report: &report)
    let forms = try [network.source, network.quantized].map { graph in
      try RunnableModel(
        try Converter.lowered(graph, report: &report), name: "network", preprocessing: network.preprocessing)
    }
    let outputs = try (forms + [makers]).map { try Outputs($0) }
    let data = try Dataset.open(TestData.shared("images").path, report: &report)
    var (ours, theirs, count) = (0.0, 0.0, 0)
    for index in 0..<data.count {
      // Damaged pictures have no answer.
      guard let answers = try? outputs.map({ try $0.counts(data, index) }) else { continue }
      ours += (answers[1] - answers[0]) * (answers[1] - answers[0])
      theirs += (answers[2] - answers[0]) * (answers[2] - answers[0])
      count += 1
    }
    #expect(count > 20)
    #expect(ours < theirs / 2)
    #expect((ours / Double(count)).squareRoot() <= 4)
  }

  @Test(.needsSharedData)
  func `a digit network loses at most 0.3 points and keeps 97 of 100 answers`() throws {
    let network = try quantized(
      "models/conv_fc_mnist.tflite", "mnist/t10k_train8000-images-idx3-ubyte", mean: 0, deviation: 255, limit: 250)
    let float = try network.evaluation(network.source, "mnist/t10k_1000-images-idx3-ubyte")
    let int8 = try network.evaluation(network.quantized, "mnist/t10k_1000-images-idx3-ubyte")
    #expect(float.top1.count == 968)
    #expect(float.paired(with: int8).drop <= 0.003)
    #expect(float.agreement(with: int8).value >= 0.97)
  }
}
