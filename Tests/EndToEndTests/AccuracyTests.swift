import EdgeModel
import EdgeQuant
import Foundation
import Testing

/// Labelled pictures: as many right answers as the reference kernels give.
@Suite struct AccuracyTests {
  struct Case: CustomTestStringConvertible {
    let model: String
    let data: String
    let count: Int
    let rightCount: Int
    var testDescription: String { "\(model) on \(data)" }
  }

  static let cases = [
    Case(model: "pretrainedResnet_quant", data: "cifar10/test_500.bin", count: 500, rightCount: 436),
    Case(model: "pretrainedResnet_quant", data: "cifar10/test_jpegq75_1000.bin", count: 1000, rightCount: 777),
    Case(model: "pretrainedResnet", data: "cifar10/test_500.bin", count: 500, rightCount: 436),
    Case(model: "pretrainedResnet", data: "cifar10/test_jpegq75_1000.bin", count: 1000, rightCount: 773),
    Case(model: "conv_fc_mnist", data: "mnist/t10k_1000-images-idx3-ubyte", count: 1000, rightCount: 968),
    Case(model: "conv_fc_mnist_srq_a8w8", data: "mnist/t10k_1000-images-idx3-ubyte", count: 1000, rightCount: 959),
  ]

  @Test(.needsSharedData, arguments: cases)
  func `as many answers are right as of the reference`(_ expected: Case) throws {
    var report = Report()
    var choice = PreprocessingChoice()
    // ResNet8 takes pixels as they are; for the others the guess is right.
    if expected.data.hasPrefix("cifar10") { (choice.mean, choice.standardDeviation) = ([0], [1]) }
    let file = ModelBytes(copying: try TestData.bytes(try TestData.shared("models/\(expected.model).tflite")))
    let model = try RunnableModel.load(file, name: expected.model, preprocessing: choice, report: &report)
    let data = try Dataset.open(try TestData.shared(expected.data).path, report: &report)
    let evaluation = try Evaluator(model).evaluate(data, workers: Workers(2), report: &report)
    #expect(evaluation.top1 == Proportion(expected.rightCount, of: expected.count))
    let alone = try Evaluator(model).evaluate(data.subset(50), workers: Workers(1), report: &report)
    let together = try Evaluator(model).evaluate(data.subset(50), workers: Workers(2), report: &report)
    #expect(alone.predictions == together.predictions)
  }
}
