import EdgeModel
import EdgeQuant
import Foundation
import Testing

/// The networks of `models/`: nothing is trained here, but what is committed is what the pages say.
@Suite struct ModelZooTests {
  static let folder = Programs.package.appendingPathComponent("models")
  static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// Every folder that has a model.json.
  static let networks =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().filter {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/model.json").path)
    }

  @Test func `there are networks, and every model file is listed with its hash`() throws {
    #expect(Self.networks.count >= 2)
    try Programs.run(
      URL(fileURLWithPath: "/usr/bin/sha256sum"), ["--check", "--strict", "--quiet", "SHA256SUMS"], in: Self.folder)
    let sums = try String(contentsOf: Self.folder.appendingPathComponent("SHA256SUMS"), encoding: .utf8)
    for network in Self.networks {
      let folder = Self.folder.appendingPathComponent(network)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where [".tflite", ".onnx", ".edge"].contains(where: name.hasSuffix) {
        // A larger one was made here and is not in the repository.
        guard try TestData.bytes(folder.appendingPathComponent(name)).count <= 1_500_000 else { continue }
        #expect(sums.contains("  \(network)/\(name)"), "\(network)/\(name)")
      }
    }
  }

  @Test func `the tables are what was measured, of the files that are here, and hold what is promised`() throws {
    try Programs.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["python3", Self.folder.appendingPathComponent("table.py").path, "--check"],
      environment: ["PYTHONDONTWRITEBYTECODE": "1"])
  }

  /// Each `.edge` file tells the command that made it.
  @Test(arguments: ["digits", "spectra"])
  func `recipe and float file give the committed file bit for bit`(_ network: String) throws {
    let source = Self.folder.appendingPathComponent(network)
    let committed = try TestData.bytes(source.appendingPathComponent("\(network).edge"))
    let words = try Model(ModelBytes(copying: committed)).origin.recipe.split(separator: " ").map(String.init)
    #expect(words.starts(with: ["edgequant", "quantize"]) && words.contains("--recipe"), "\(words)")
    try Programs.withTemporaryFolder { copy in
      for name in words where FileManager.default.fileExists(atPath: source.appendingPathComponent(name).path) {
        guard name != "\(network).edge" else { continue }
        try FileManager.default.copyItem(at: source.appendingPathComponent(name), to: copy.appendingPathComponent(name))
      }
      try Programs.run(Self.products.appendingPathComponent("edgequant"), Array(words.dropFirst()), in: copy)
      #expect(try TestData.bytes(copy.appendingPathComponent("\(network).edge")) == committed)
    }
  }

  private static func evaluate(_ model: String, on data: URL) throws -> Proportion? {
    var report = Report()
    let file = ModelBytes(copying: try TestData.bytes(folder.appendingPathComponent(model)))
    let network = try RunnableModel.load(file, name: model, preprocessing: PreprocessingChoice(), report: &report)
    let samples = try Dataset.open(data.path, report: &report)
    return try Evaluator(network).evaluate(samples, workers: Workers(2), report: &report).top1
  }

  @Test func `the samples beside the networks are answered as their pages say`() throws {
    #expect(
      try Self.evaluate("digits/digits.edge", on: Self.folder.appendingPathComponent("digits/samples.csv"))
        == Proportion(10, of: 10))
    #expect(
      try Self.evaluate("spectra/spectra.edge", on: Self.folder.appendingPathComponent("spectra/samples.npy"))
        == Proportion(59, of: 64))
  }
}

/// The recipes of `models/public.md`, on the shared copies of the files that they speak of.
@Suite struct PublicModelTests {
  /// The commands of all blocks marked to be run.
  static let commands: [String] = {
    let page = ModelZooTests.folder.appendingPathComponent("public.md")
    let blocks = ((try? String(contentsOf: page, encoding: .utf8)) ?? "").components(
      separatedBy: "<!-- run: public -->\n```\n"
    ).dropFirst()
    return blocks.flatMap { $0.components(separatedBy: "\n```")[0].split(separator: "\n").map(String.init) }
  }()

  @Test(.needsSharedData) func `every marked command runs, and says what is in the pictures`() throws {
    #expect(Self.commands.count >= 8)
    try Programs.withTemporaryFolder { folder in
      let manager = FileManager.default
      try manager.createDirectory(at: folder.appendingPathComponent("pictures"), withIntermediateDirectories: false)
      var files = [("labels/imagenet_labels.txt", "imagenet_labels.txt"), ("images/parrot.jpg", "pictures/parrot.jpg")]
      for word in Set(Self.commands.flatMap { $0.split(separator: " ") }) where word.hasSuffix(".tflite") {
        files.append(("models/\(word)", "\(word)"))
      }
      for (source, copy) in files {
        try manager.createSymbolicLink(
          at: folder.appendingPathComponent(copy), withDestinationURL: try TestData.shared(source))
      }
      for command in Self.commands {
        try Programs.run(
          URL(fileURLWithPath: "/bin/sh"), ["-c", "\(command) > result"], in: folder,
          environment: ["PATH": "\(ModelZooTests.products.path):/usr/bin:/bin"])
        let result = try String(contentsOf: folder.appendingPathComponent("result"), encoding: .utf8)
        #expect(!result.isEmpty, "\(command)")
        if command.contains("-m mobilenet_v1.edge") { #expect(result.contains("macaw"), "\(result)") }
        if command.contains("-m person.edge") { #expect(result.contains("class 0"), "\(result)") }
      }
    }
  }
}
