import EdgeModel
import EdgeTensor
import Foundation
import Testing

@testable import EdgeQuant

/// Models run over data: the digits of this repository.
@Suite final class EvaluatorTests {
  static let digits = DatasetTests.samples.deletingLastPathComponent()

  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eval-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A row for each of the ten samples.
  private func list(_ name: String, extra: String = "") throws -> String {
    let rows = (0..<10).map { "\(DatasetTests.samples.path)/digit-\($0).jpg,\($0)\n" }.joined()
    try Data((rows + extra).utf8).write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  private func load(_ name: String, _ report: inout Report) throws -> RunnableModel {
    var choice = PreprocessingChoice()
    if !name.hasSuffix(".edge") { (choice.color, choice.mean, choice.standardDeviation) = (.gray, [255], [-255]) }
    let file = try #require(ModelBytes(mapping: Self.digits.appendingPathComponent(name).path))
    return try RunnableModel.load(file, name: name, preprocessing: choice, report: &report)
  }

  @Test(arguments: ["digits.edge", "digits_int8.tflite", "digits_float.tflite"])
  func `every format reads the sample digits, with any number of threads`(_ name: String) throws {
    var report = Report()
    let evaluator = try Evaluator(try load(name, &report))
    let data = try Dataset.open(try list("all.csv"), report: &report)
    let alone = try evaluator.evaluate(data, workers: Workers(1), report: &report)
    #expect(alone.top1 == Proportion(10, of: 10))
    #expect(alone.predictions.allSatisfy { $0?.best.count == 5 })
    let together = try evaluator.evaluate(data, workers: Workers(3), report: &report)
    #expect(together.predictions == alone.predictions)
  }

  @Test func `pictures that cannot be read are left out and named, and none at all is an error`() throws {
    var report = Report()
    let evaluator = try Evaluator(try load("digits.edge", &report))
    try Data([0xFF, 0xD8, 0xFF]).write(to: folder.appendingPathComponent("cut.jpg"))
    let data = try Dataset.open(try list("some.csv", extra: "cut.jpg,1\nmissing.jpg,2\n"), report: &report)
    let evaluation = try evaluator.evaluate(data, report: &report)
    #expect(evaluation.top1 == Proportion(10, of: 10) && evaluation.unreadable.count == 2)
    #expect(evaluation.predictions.count == 12 && evaluation.predictions[10] == nil)
    #expect(report.notes.contains { $0.contains("2 of 12 samples") })
    #expect(report.notes.contains { $0.contains("cut.jpg: the file ends") })

    try FileManager.default.createDirectory(atPath: path("bad"), withIntermediateDirectories: false)
    try Data([1, 2, 3]).write(to: folder.appendingPathComponent("bad/x.jpg"))
    let bad = try Dataset.open(path("bad"), report: &report)
    let error = #expect(throws: QuantError.self) { try evaluator.evaluate(bad, report: &report) }
    #expect("\(try #require(error))".contains("none of 1 samples can be used"))
  }

  @Test func `labels beyond the model's outputs are refused with both counts`() throws {
    var report = Report()
    let evaluator = try Evaluator(try load("digits.edge", &report))
    let data = try Dataset.open(try list("more.csv", extra: "x.jpg,11\n"), report: &report)
    let error = #expect(throws: QuantError.self) { try evaluator.evaluate(data, report: &report) }
    #expect("\(try #require(error))".contains("the data has 12 classes, the model has 10 outputs"))
  }

  @Test func `a model of pictures and one of nothing of the kind are told apart`() throws {
    var graph = Graph()
    let x = graph.add(Graph.Tensor(name: "x", dataType: .float32, shape: Shape([1, 4, 4, 2])))
    let y = graph.add(Graph.Tensor(name: "y", dataType: .float32, shape: Shape([1, 4, 4, 2])))
    graph.nodes = [
      Graph.Node(
        "relu", name: "r", inputs: [x], outputs: [y],
        source: Graph.Source(index: 0, operatorName: "RELU", inputs: [], outputs: []))
    ]
    (graph.inputs, graph.outputs) = ([x], [y])
    let error = #expect(throws: QuantError.self) { try Evaluator(try RunnableModel(graph, name: "net")) }
    #expect("\(try #require(error))".contains("net: its output, float32[1x4x4x2], is not one row of scores"))
  }

  @Test func `the commands print tables, write files and end with the codes people rely on`() throws {
    let model = Self.digits.appendingPathComponent("digits.edge").path
    let list = try list("all.csv")
    let text = try ProgramRun(["evaluate", model, list, "--confusion", path("c.csv"), "--predictions", path("p.csv")])
    #expect(text.status == 0 && text.errors.isEmpty, "\(text.errors)")
    #expect(text.output.contains("top-1  100.00 % (10 of 10; 95 % interval 72.25 to 100.00)"))
    let matrix = try String(contentsOfFile: path("c.csv"), encoding: .utf8)
    #expect(matrix.hasPrefix(",0,1,2,3,4,5,6,7,8,9\r\n0,1,0,0,0,0,0,0,0,0,0\r\n"))
    #expect(try String(contentsOfFile: path("p.csv"), encoding: .utf8).contains("digit-7.jpg,7,7,"))
    let json = try ProgramRun(["evaluate", model, list, "--format", "json", "--limit", "5", "-t", "1"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["evaluated"] as? Int == 5 && (object?["confusion"] as? [[Int]])?[2][2] == 1)
    let csv = try ProgramRun(["evaluate", model, list, "--format", "csv"])
    #expect(csv.output.hasSuffix(",all,10,10,10,1.0,1.0\r\n"))

    #expect(try ProgramRun(["evaluate", model, path("nothing")]).status == 66)
    let unlabelled = try ProgramRun(["evaluate", model, DatasetTests.samples.path])
    #expect(unlabelled.status == 65 && unlabelled.errors.contains("no labels"))
    #expect(try ProgramRun(["evaluate", model, list, "--mean", "0"]).status == 65)
    #expect(try ProgramRun(["evaluate", model, list, "--limit", "0"]).status == 64)

    let float = Self.digits.appendingPathComponent("digits_float.tflite").path
    let compared = try ProgramRun(["compare", float, model, "--data", list, "--format", "json"])
    #expect(compared.status == 0, "\(compared.errors)")
    let comparison = try JSONSerialization.jsonObject(with: Data(compared.output.utf8)) as? [String: Any]
    #expect((comparison?["agreement"] as? [String: Any])?["count"] as? Int == 10)
    #expect((comparison?["drop"] as? [String: Any])?["value"] as? Double == 0)
    #expect((comparison?["layers"] as? [[String: Any]])?.count == 5)
    let printed = try ProgramRun(["compare", float, model, "--data", DatasetTests.samples.path])
    #expect(printed.status == 0 && printed.output.contains("same top class: 100.00 % (10 of 10"))
    #expect(!printed.output.contains("accuracy lost"))
  }
}
