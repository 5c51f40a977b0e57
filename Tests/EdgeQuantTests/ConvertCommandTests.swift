import EdgeModel
import Foundation
import Testing

/// `edgequant convert` as people call it.
@Suite struct ConvertCommandTests {
  static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/operators/conv_2d.uint8.tflite").path

  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("edgequant-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func run(_ arguments: String...) throws -> ProgramRun { try ProgramRun(arguments) }

  @Test func `a model is written whole, with plans, checks and its origin, and the same each time`() throws {
    let first = try run("convert", Self.fixture, "-o", path("a.edge"))
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("peak memory in bytes"))
    let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent("a.edge")))
    let model = try Model(ModelBytes(copying: bytes))
    #expect(model.plans.map { $0.threads } == [1, 2, 3, 4])
    #expect(model.checks.count == model.operators.count)
    #expect(model.origin.fileName == "conv_2d.uint8.tflite")
    #expect(model.origin.fileHash == xxh64Of(try Data(contentsOf: URL(fileURLWithPath: Self.fixture))))
    #expect(model.origin.recipe == "edgequant convert conv_2d.uint8.tflite -o a.edge")

    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("other"), withIntermediateDirectories: false)
    #expect(try run("convert", Self.fixture, "-o", path("other/a.edge"), "-q").output.isEmpty)
    #expect(try Data(contentsOf: folder.appendingPathComponent("other/a.edge")) == Data(bytes))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.edge", "other"])
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `every failure has its exit code and a message that names the file`() throws {
    let missing = try run("convert", path("none.tflite"), "-o", path("a.edge"))
    #expect(missing.status == 66 && missing.errors.contains("none.tflite"))
    let usage = try run("convert", Self.fixture)
    #expect(usage.status == 64)
    let color = try run("convert", Self.fixture, "-o", path("a.edge"), "--color", "purple")
    #expect(color.status == 64 && color.errors.contains("rgb"))
    let place = try run("convert", Self.fixture, "-o", path("no/such/folder/a.edge"))
    #expect(place.status == 73 && place.errors.contains("a.edge"))
    try Data("rubbish".utf8).write(to: folder.appendingPathComponent("bad.tflite"))
    let bad = try run("convert", path("bad.tflite"), "-o", path("a.edge"))
    #expect(bad.status == 65 && bad.errors.contains("bad.tflite"))
    #expect(!FileManager.default.fileExists(atPath: path("a.edge")))
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `version and help are printed`() throws {
    #expect(try run("--version").output == "edgequant \(PackageVersion.text)\n")
    #expect(try run("convert", "--help").output.contains("edgequant convert net.tflite -o net.edge"))
    try FileManager.default.removeItem(at: folder)
  }

  private func xxh64Of(_ data: Data) -> UInt64 { data.withUnsafeBytes { xxh64($0) } }
}
