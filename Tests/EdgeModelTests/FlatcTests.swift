import EdgeModel
import EdgeTensor
import Foundation
import Testing

/// The schema and the files are real FlatBuffers: Google's own compiler reads what we write and writes what we read.
@Suite(
  "The .edge file and flatc", .enabled(if: Flatc.path != nil, "flatc is not installed (Debian: flatbuffers-compiler)"))
struct FlatcTests {
  @Test("flatc reads our files: every value is in its JSON")
  func toJSON() throws {
    let contents = try fullContents()
    let folder = try Flatc.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(contents.encoded()).write(to: folder.appending(path: "model.edge"))
    let json = try #require(try Flatc.json(of: "model.edge", in: folder))

    func object(_ value: Any?) throws -> [String: Any] { try #require(value as? [String: Any]) }
    func objects(_ value: Any?) throws -> [[String: Any]] { try #require(value as? [[String: Any]]) }
    #expect(json["version"] as? Int == Model.formatVersion)
    #expect(json["name"] as? String == contents.name)
    #expect(json["inputs"] as? [Int] == contents.inputs)
    #expect(json["outputs"] as? [Int] == contents.outputs)
    #expect(json["labels"] as? [String] == contents.labels)
    #expect(json["test_seed"] as? UInt64 == contents.testSeed)

    for (tensor, expected) in zip(try objects(json["tensors"]), contents.tensors) {
      #expect(tensor["name"] as? String == expected.name)
      #expect(tensor["data_type"] as? UInt8 == expected.dataType.rawValue)
      #expect(tensor["shape"] as? [Int] == expected.shape.dimensions)
      #expect(tensor["layout"] as? String ?? "" == expected.layout.name.description)
      #expect((tensor["scales"] as? [Double] ?? []).map { Float($0) } == expected.scales)
      let isZero = expected.zeroPoints.allSatisfy { $0 == 0 }
      #expect(tensor["zero_points"] as? [Int32] == (isZero ? nil : expected.zeroPoints))
      #expect(tensor["data"] as? [UInt8] == expected.data)
      #expect(tensor["block_starts"] as? [UInt32] == expected.sparse?.starts)
      #expect(tensor["block_groups"] as? [UInt16] == expected.sparse?.groups)
    }
    for (step, expected) in zip(try objects(json["operators"]), contents.operators) {
      #expect(step["name"] as? String == expected.name)
      #expect(step["node"] as? String == expected.node)
      #expect(step["inputs"] as? [Int] == expected.inputs)
      #expect(step["outputs"] as? [Int] == expected.outputs)
      for (attribute, entry) in zip(try objects(step["attributes"] ?? [[String: Any]]()), expected.attributes.entries) {
        #expect(attribute["key"] as? String == entry.key)
        #expect(attribute["ints"] as? [Int64] ?? [] == entry.ints)
        #expect(attribute["text"] as? String ?? "" == entry.text)
      }
    }
    for (plan, expected) in zip(try objects(json["plans"]), contents.plans) {
      #expect(plan["threads"] as? Int == expected.threads)
      #expect(plan["peak"] as? Int == expected.peak)
      let offsets = expected.tensorOffsets.map { $0 == Model.MemoryPlan.nowhere ? UInt64.max : UInt64($0) }
      #expect(plan["tensors"] as? [UInt64] == offsets)
      #expect(plan["scratch"] as? [Int] == expected.scratchOffsets)
      let blocks = try objects(plan["blocks"])
      #expect(blocks.map { $0["first"] as? Int } == expected.blocks.map { $0.operators.lowerBound })
      #expect(blocks.map { $0["count"] as? Int } == expected.blocks.map { $0.operators.count })
      #expect(blocks.map { $0["rows_per_go"] as? Int } == expected.blocks.map { $0.rowsPerGo })
    }
    for (check, expected) in zip(try objects(json["checks"]), contents.checks) {
      #expect(check["hash"] as? UInt64 == expected.hash)
      #expect(check["minimum"] as? Double == expected.minimum)
      #expect(check["maximum"] as? Double == expected.maximum)
    }
    for (key, count) in [
      ("tensors", contents.tensors.count), ("operators", contents.operators.count), ("plans", contents.plans.count),
      ("checks", contents.checks.count),
    ] {
      #expect(try objects(json[key]).count == count)
    }
    let preprocessing = try object(json["preprocessing"])
    #expect(preprocessing["color"] as? String == "bgr")
    #expect(preprocessing["crop"] as? String == "center")
    #expect(preprocessing["crop_fraction"] as? Double == 0.875)
    #expect(preprocessing["mean"] as? [Double] == [103.5, 116.25, 123.75])
    #expect(preprocessing["std"] as? [Double] == [1, -2, 0.5])
    let origin = try object(json["origin"])
    #expect(origin["file_name"] as? String == contents.origin.fileName)
    #expect(origin["file_hash"] as? UInt64 == contents.origin.fileHash)
    #expect(origin["tool"] as? String == contents.origin.tool)
    #expect(origin["recipe"] as? String == contents.origin.recipe)
  }

  @Test("We read files that flatc makes from JSON and schema")
  func fromJSON() throws {
    let contents = try fullContents()
    let folder = try Flatc.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(contents.encoded()).write(to: folder.appending(path: "model.edge"))
    _ = try #require(try Flatc.json(of: "model.edge", in: folder))
    try FileManager.default.removeItem(at: folder.appending(path: "model.edge"))
    try Flatc.run(["--binary", Flatc.schema, folder.appending(path: "model.json").path()], in: folder)
    let made = [UInt8](try Data(contentsOf: folder.appending(path: "model.edge")))

    #expect(made != contents.encoded())  // another writer: tables in another order
    var expected = contents
    // flatc 2.0.8 prints float64 with 12 decimals.
    expected.checks = contents.checks.map {
      Model.Check(hash: $0.hash, minimum: $0.minimum, maximum: $0.maximum, mean: 0)
    }
    #expect(ModelContents(try load(made)).text == expected.text)
  }
}

private enum Flatc {
  static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/flatc" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  static let schema = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/EdgeModel/edge.fbs").standardizedFileURL.path()

  static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "edgeinfer-flatc-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Without `Process`, which leaks: these tests also run under the leak sanitizer.
  static func run(_ arguments: [String], in folder: URL) throws {
    let path = try #require(path)
    let words = ([path, "-o", folder.path()] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var (process, status) = (pid_t(0), Int32(0))
    try #require(posix_spawn(&process, path, nil, nil, words, environ) == 0)
    waitpid(process, &status, 0)
    #expect(status == 0)
  }

  /// Also leaves the JSON in `folder`.
  static func json(of name: String, in folder: URL) throws -> [String: Any]? {
    try run(
      [
        "--json", "--strict-json", "--natural-utf8", "--defaults-json", "--raw-binary", schema, "--",
        folder.appending(path: name).path(),
      ],
      in: folder)
    let data = try Data(contentsOf: folder.appending(path: name).deletingPathExtension().appendingPathExtension("json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any]
  }
}
