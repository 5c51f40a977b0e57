import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation
import Testing

/// `edgequant quantize` as people call it, on the digit network of this repository.
@Suite struct QuantizeCommandTests {
  private static let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("models/digits")
  private static let preprocessing = ["--color", "gray", "--mean", "255", "--std", "-255"]
  private static var model: String { digits.appendingPathComponent("digits_float.tflite").path }
  private static var samples: String { digits.appendingPathComponent("samples").path }

  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("quantize-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  private func quantize(_ arguments: String..., environment: [String: String] = [:]) throws -> ProgramRun {
    try ProgramRun(
      ["quantize", Self.model] + Self.preprocessing + arguments, environment: environment)
  }

  @Test func `a float network becomes int8, with a report and a recipe that replays it on other CPU types`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try quantize(
      "-c", Self.samples, "-o", path("a.edge"), "--io", "int8", "--write-recipe", path("a.json"), "--report",
      path("report.json"), "--report", path("report.html"), "-t", "2")
    #expect(first.status == 0, "\(first.errors)")
    let model = try Model(ModelBytes(copying: [UInt8](try bytes("a.edge"))))
    #expect(model.tensors[model.inputs[0]].type.dataType == .int8)
    let report = try JSONDecoder().decode(QuantizationReport.self, from: try bytes("report.json"))
    #expect(try bytes("report.html") == Data(report.html))
    #expect(
      report.layers.map { $0.operatorName } == [
        "input", "conv_2d", "max_pool_2d", "reshape", "fully_connected", "softmax",
      ])
    #expect(abs(report.layers.reduce(0) { $0 + $1.errorShare } - 1) < 1e-9)
    #expect((report.sqnr ?? 0) > 25)

    for core in ["Haswell", "SkylakeX"] {
      let replay = try quantize(
        "--recipe", path("a.json"), "-o", path("a.edge"), "-q", environment: ["OPENBLAS_CORETYPE": core])
      #expect(replay.status == 0, "\(replay.errors)")
      let copy = try bytes("a.edge")
      #expect(try Model(ModelBytes(copying: [UInt8](copy))).checks.map { $0.hash } == model.checks.map { $0.hash })
      try copy.write(to: folder.appendingPathComponent("\(core).edge"))
    }
    #expect(try bytes("Haswell.edge") == bytes("SkylakeX.edge"))
  }

  @Test func `the result does not depend on the number of threads`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for threads in ["1", "3"] {
      let subfolder = folder.appendingPathComponent(threads)
      try FileManager.default.createDirectory(at: subfolder, withIntermediateDirectories: false)
      #expect(try quantize("-c", Self.samples, "-o", path("\(threads)/a.edge"), "-t", threads, "-q").status == 0)
    }
    #expect(try bytes("1/a.edge") == bytes("3/a.edge"))
  }

  @Test func `mistakes are named and end with the usual codes`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let none = try quantize("-o", path("a.edge"))
    #expect(none.status == 64)
    #expect(none.errors.contains("--recipe"))
    let missing = try quantize("-c", path("nowhere"), "-o", path("a.edge"))
    #expect(missing.status == 66)
    let prune = try ProgramRun(["prune", Self.model, "-c", path("nowhere"), "-o", path("a.edge"), "--sparsity", "0.5"])
    #expect(prune.status == 66 && prune.errors.contains("nowhere"), "\(prune.errors)")
    try FileManager.default.createDirectory(atPath: path("empty"), withIntermediateDirectories: false)
    let empty = try quantize("-c", path("empty"), "-o", path("a.edge"))
    #expect(empty.status == 65)
    #expect(empty.errors.contains("empty"))
    try Data("not a picture".utf8).write(to: folder.appendingPathComponent("empty/a.jpg"))
    let unreadable = try quantize("-c", path("empty"), "-o", path("a.edge"))
    #expect(unreadable.status == 65)
    #expect(unreadable.errors.contains("none of 1 samples"))
    try Data("{}".utf8).write(to: folder.appendingPathComponent("recipe.json"))
    let recipe = try quantize("--recipe", path("recipe.json"), "-o", path("a.edge"))
    #expect(recipe.status == 65)
    #expect(recipe.errors.contains("recipe"))
    let impossible = try quantize("-c", Self.samples, "-o", path("a.edge"), "--min-sqnr", "900")
    #expect(impossible.status == 1)
    #expect(!FileManager.default.fileExists(atPath: path("a.edge")))
  }
}
