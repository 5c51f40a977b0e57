import EdgeQuant
import Foundation
import Testing

/// `edgequant prune` as people call it, on the digit network of this repository.
@Suite struct PruneCommandTests {
  private static let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("models/digits")

  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("prune-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  private func prune(_ arguments: String...) throws -> ProgramRun {
    try ProgramRun(
      [
        "prune", Self.digits.appendingPathComponent("digits_float.tflite").path, "--color", "gray", "--mean", "255",
        "--std", "-255", "--steps", "2",
      ] + arguments)
  }

  private static var samples: String { digits.appendingPathComponent("samples").path }

  @Test func `a float network loses channels, with a report and a recipe that replays it`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try prune(
      "-c", Self.samples, "-o", path("a.edge"), "--float", "--target-macs", "0.8", "--write-recipe", path("a.json"),
      "--report",
      path("report.json"), "--report", path("report.html"))
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("multiply-accumulates"))
    let report = try JSONDecoder().decode(PruningReport.self, from: try bytes("report.json"))
    #expect(try bytes("report.html") == Data(report.html))
    #expect(report.layers.contains { $0.channelsAfter < $0.channelsBefore })
    let (before, after) = (try #require(report.before), try #require(report.after))
    #expect(after.macs * 10 <= before.macs * 8 && after.fileBytes < before.fileBytes)
    #expect(try bytes("a.edge").count == after.fileBytes)

    let made = try bytes("a.edge")
    let replay = try prune("--recipe", path("a.json"), "-o", path("a.edge"), "-q", "-t", "1")
    #expect(replay.status == 0, "\(replay.errors)")
    #expect(try bytes("a.edge") == made)
  }

  @Test func `mistakes are named and end with the usual codes`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try prune("-c", Self.samples, "-o", path("a.edge")).status == 64)
    #expect(try prune("-c", Self.samples, "-o", path("a.edge"), "--max-drop", "1").status == 64)
    #expect(try prune("-c", Self.samples, "-o", path("a.edge"), "--sparsity", "0.5", "--report", "a.txt").status == 64)
    let missing = try prune("-c", path("nowhere"), "-o", path("a.edge"), "--sparsity", "0.5")
    #expect(missing.status == 66 && missing.errors.contains("nowhere"), "\(missing.errors)")
    #expect(!FileManager.default.fileExists(atPath: path("a.edge")))
  }
}
