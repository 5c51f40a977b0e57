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
        "--recipe", path("a.json"), "-c", Self.samples, "-o", path("a.edge"), "--report", path("\(core).json"), "-q",
        environment: ["OPENBLAS_CORETYPE": core])
      #expect(replay.status == 0, "\(replay.errors)")
      let copy = try bytes("a.edge")
      #expect(try Model(ModelBytes(copying: [UInt8](copy))).checks.map { $0.hash } == model.checks.map { $0.hash })
      try copy.write(to: folder.appendingPathComponent("\(core).edge"))
      let measured = try JSONDecoder().decode(QuantizationReport.self, from: try bytes("\(core).json"))
      #expect(measured.layers.map { $0.name } == report.layers.map { $0.name })
      #expect(measured.layers.map { $0.range } == report.layers.map { $0.range })
      #expect(abs((measured.sqnr ?? 0) - (report.sqnr ?? 0)) < 0.01)
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

  @Test func `as few layers as needed stay float32 for the ratio asked for`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func report(_ arguments: String...) throws -> QuantizationReport {
      let run = try ProgramRun(
        ["quantize", Self.model, "-c", Self.samples, "-o", path("a.edge"), "--report", path("a.json"), "-q"]
          + Self.preprocessing + arguments)
      #expect(run.status == 0, "\(run.errors)")
      return try JSONDecoder().decode(QuantizationReport.self, from: try bytes("a.json"))
    }
    let plain = try report()
    let ratio = try #require(plain.sqnr)
    #expect(plain.layers.allSatisfy { !$0.isFloat })
    let partly = try report("--min-sqnr", "\(ratio + 1)")
    #expect((partly.sqnr ?? 0) >= ratio + 1)
    #expect(partly.layers.contains { $0.isFloat })
    #expect(partly.layers.contains { !$0.isFloat && $0.weightBytes > 0 })
    let model = try Model(ModelBytes(copying: [UInt8](try bytes("a.edge"))))
    #expect(model.operators.contains { $0.name == "dequantize" || $0.name == "quantize" })
  }

  @Test func `accuracy is kept, or no model is written; blank samples are named`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let labelled = Self.samples + ".csv"
    let good = try quantize("-c", Self.samples, "-o", path("a.edge"), "--data", labelled, "--max-drop", "0", "-q")
    #expect(good.status == 0 && good.errors.isEmpty, "\(good.errors)")
    var zeros = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 28, 28, 1), }"
    zeros.append(contentsOf: [UInt8(header.utf8.count + 1), 0] + Array(header.utf8) + [10])
    zeros.append(Data(count: 4 * 4 * 28 * 28))
    try zeros.write(to: folder.appendingPathComponent("zeros.npy"))
    let blank = try quantize(
      "-c", path("zeros.npy"), "-o", path("b.edge"), "--data", labelled, "--min-sqnr", "60", "--report", path("b.json"))
    #expect(blank.status == 1)
    #expect(blank.errors.contains("3 of 4 samples repeat others"))
    #expect(blank.errors.contains("the calibration samples are blank"))
    #expect(blank.errors.contains("the calibration samples are not like those of --data"))
    #expect(!FileManager.default.fileExists(atPath: path("b.edge")))
    let report = try JSONDecoder().decode(QuantizationReport.self, from: try bytes("b.json"))
    #expect(report.warnings.count == 2)
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
