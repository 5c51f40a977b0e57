import EdgeRuntime
import Foundation
import Testing

/// What the README says is what there is.
@Suite struct ReadmeTests {
  static let text =
    (try? String(contentsOf: Programs.package.appendingPathComponent("README.md"), encoding: .utf8)) ?? ""

  /// What stands between a marker comment and the next heading or marker.
  private func section(after marker: String) throws -> Substring {
    let start = try #require(Self.text.range(of: "<!-- \(marker) -->")).upperBound
    return Self.text[start...]
  }

  @Test func `the operators listed are those of the registry`() throws {
    let section = try section(after: "operators")
    let list = section[..<(try #require(section.range(of: "\n\nEach"))).lowerBound]
    let listed = list.split { " \n`".contains($0) }.map(String.init)
    #expect(listed == OperatorRegistry.standard.definitions.map { $0.name.description }.sorted())
  }

  @Test func `the demo prints what the first screen shows`() throws {
    let blocks = try section(after: "output: make demo").split(separator: "```", omittingEmptySubsequences: false)
    let shown = String(blocks[1].drop { $0 == "\n" })
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("edgeinfer")
    let process = Process()
    process.executableURL = program
    process.arguments = ["classify", "-m", "models/retrain/resnet-pruned.edge", "-k", "1", "models/pictures"]
    process.currentDirectoryURL = Programs.package
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(printed == shown)
  }

  @Test func `the commands for folders run, in the folder that they speak of`() throws {
    let commands = try section(after: "run: folders").split(separator: "```", omittingEmptySubsequences: false)[1]
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent("readme-\(UUID().uuidString)")
    defer { try? manager.removeItem(at: folder) }
    let samples = Programs.package.appendingPathComponent("models/digits/samples")
    for digit in 0...9 {
      let source = samples.appendingPathComponent("digit-\(digit).jpg")
      for name in ["photos/2024-05/\(digit)/\(digit).jpg", "validation/\(digit)/\(digit).jpg"] {
        let copy = folder.appendingPathComponent(name)
        try manager.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
        try manager.copyItem(at: source, to: copy)
      }
    }
    var count = 0
    for command in commands.split(separator: "\n") {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "\(command) > result 2>&1"]
      process.currentDirectoryURL = folder
      process.environment = [
        "PATH": "\(program.path):/usr/bin:/bin",
        "EDGEINFER_MODEL": Programs.package.appendingPathComponent("models/digits/digits.edge").path,
      ]
      try process.run()
      process.waitUntilExit()
      let result = try String(contentsOf: folder.appendingPathComponent("result"), encoding: .utf8)
      #expect(process.terminationStatus == 0, "\(command)\n\(result)")
      if command.contains("--labelled") { #expect(result.contains("top-1  100.00 %  (10 of 10)")) }
      count += 1
    }
    #expect(count >= 5)
    #expect(manager.fileExists(atPath: folder.appendingPathComponent("sorted/7/7.jpg").path))
  }

  @Test func `edgequant prints what its README shows`() throws {
    let url = Programs.package.appendingPathComponent("Sources/edgequant/README.md")
    let parts = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "<!-- output: edgequant ")
      .dropFirst()
    #expect(parts.count >= 1)
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("edgequant")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("readme-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("models"),
      withDestinationURL: Programs.package.appendingPathComponent("models"))
    for part in parts {
      let process = Process()
      process.executableURL = program
      process.arguments = part.components(separatedBy: " -->")[0].split(separator: " ").map(String.init)
      process.currentDirectoryURL = folder
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(printed == part.components(separatedBy: "```")[1].drop { $0 == "\n" })
    }
  }
}
