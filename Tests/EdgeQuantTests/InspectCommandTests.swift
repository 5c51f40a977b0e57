import EdgeModel
import EdgeTensor
import Foundation
import FoundationXML
import Testing

@testable import EdgeQuant

/// `edgequant inspect` and `export` as people call them.
@Suite struct InspectCommandTests {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/operators")
  static let digits = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("models/digits")

  private func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("edgequant-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  @Test func `both forms of a model show the same operators, parameters and products`() throws {
    let totals = try ["digits_int8.tflite", "digits.edge"].map { name in
      let run = try ProgramRun(["inspect", Self.digits.appendingPathComponent(name).path, "--format", "json"])
      #expect(run.status == 0, "\(run.errors)")
      let json = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      return ["parameters", "macs", "problems"].map { json[$0] as? Int }
    }
    #expect(totals[0] == totals[1] && totals[0][2] == 0 && totals[0][1] ?? 0 > 100_000)
    let text = try ProgramRun(["inspect", Self.digits.appendingPathComponent("digits_int8.tflite").path]).output
    #expect(text.contains("CONV_2D") && text.contains("in0") && text.contains("scale"))
  }

  /// An unknown operator between two that are known, with names that try to be markup.
  private static var hostile: TinyTFLite {
    TinyTFLite(
      [
        TinyTFLite.Tensor("<script>\"&'\u{1B}[31m", TinyTFLite.float32, [1, 4]),
        TinyTFLite.Tensor("a", TinyTFLite.float32, [1, 4]), TinyTFLite.Tensor("b", TinyTFLite.float32, [1, 4]),
        TinyTFLite.Tensor("c", TinyTFLite.float32, [1, 4]),
      ],
      [
        TinyTFLite.Operator(19, [0], [1]), TinyTFLite.Operator(32, [1], [2], customName: "]]></svg><b>"),
        TinyTFLite.Operator(0, [2, 1], [3]),
      ], inputs: [0], outputs: [3])
  }

  @Test func `operators that cannot be converted are shown where they are, with the reason`() throws {
    try inFolder { folder in
      let model = folder.appendingPathComponent("odd.tflite")
      try Data(Self.hostile.bytes).write(to: model)
      let run = try ProgramRun(["inspect", model.path])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("! 1  CUSTOM") && run.output.contains("custom operators are not supported"))
      #expect(run.output.contains("2  ADD") && run.output.contains("1 0"))
      #expect(!run.output.contains("\u{1B}"))
    }
  }

  @Test func `the drawing is well-formed whatever names say, and has every operator`() throws {
    let inspection = try Inspection.read(ModelBytes(copying: Self.hostile.bytes))
    #expect(inspection.problemCount == 1)
    let svg = try #require(GraphDrawing(inspection, title: "a<b>&c")).svg
    let checker = MarkupChecker()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = checker
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    #expect(checker.elements["script"] == nil && checker.elements["b"] == nil)
    // A box for each operator, input and output; an arrow for each operand.
    #expect(checker.elements["g"] == 1 + 5)
    #expect(checker.classes["edge"] == 5 && checker.classes["box"] == 4 && checker.classes["box refused"] == 1)
  }

  private final class MarkupChecker: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var classes: [String: Int] = [:]

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements[element, default: 0] += 1
      if let name = attributes["class"] { classes[name, default: 0] += 1 }
    }
  }

  @Test func `what inspect shows can be exported, and inspected again`() throws {
    try inFolder { folder in
      let (edge, tflite) = (
        Self.digits.appendingPathComponent("digits.edge").path, folder.appendingPathComponent("d.tflite")
      )
      let run = try ProgramRun(["export", edge, "-o", tflite.path])
      #expect(run.status == 0 && run.output.contains("bytes"), "\(run.errors)")
      let source = try Inspection.read(
        ModelBytes(copying: [UInt8](try Data(contentsOf: Self.digits.appendingPathComponent("digits_int8.tflite")))))
      let exported = try Inspection.read(ModelBytes(copying: [UInt8](try Data(contentsOf: tflite))))
      #expect(exported.nodes.map { $0.operatorName } == source.nodes.map { $0.operatorName })
      #expect(exported.parameterCount == source.parameterCount)
    }
  }

  @Test func `failures have their exit codes and name the file`() throws {
    try inFolder { folder in
      let bad = folder.appendingPathComponent("bad.edge")
      try Data("rubbish".utf8).write(to: bad)
      let fixture = Self.fixtures.appendingPathComponent("add.int8.tflite").path
      let cases: [(arguments: [String], status: Int32, text: String)] = [
        (["inspect", folder.path + "/none.onnx"], 66, "none.onnx"), (["inspect", bad.path], 65, "bad.edge"),
        (["inspect", fixture, "--svg", folder.path + "/no/such/a.svg"], 73, "a.svg"),
        (["inspect", fixture, "--format", "xml"], 64, "json"), (["export", fixture], 64, "--output"),
        (["export", bad.path, "-o", folder.path + "/a.tflite"], 65, "bad.edge"),
        (["export", fixture, "-o", folder.path + "/no/such/a.tflite"], 73, "a.tflite"),
      ]
      for test in cases {
        let run = try ProgramRun(test.arguments)
        #expect(run.status == test.status && run.errors.contains(test.text), "\(test.arguments): \(run.errors)")
      }
    }
  }
}
