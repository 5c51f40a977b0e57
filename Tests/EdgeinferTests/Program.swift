import Foundation

/// Runs the program as people do.
///
/// It is the one built beside this test bundle (`.build/debug/edgeinfer`), or what the environment variable
/// `EDGEINFER_UNDER_TEST` names, for example `qemu-aarch64 -cpu cortex-a53 .build-aarch64/edgeinfer`.
enum Program {
  struct Result {
    let status: Int32
    /// The signal that ended it, or nil.
    let signal: Int32?
    let output: Data
    let errorText: String

    var text: String { String(decoding: output, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) }
  }

  static let command: [String] = {
    if let other = ProcessInfo.processInfo.environment["EDGEINFER_UNDER_TEST"] {
      return other.split(separator: " ").map(String.init)
    }
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return [bundle.deletingLastPathComponent().appendingPathComponent("edgeinfer").path]
  }()

  /// Not by this processor itself, so that starting it takes long.
  static var isEmulated: Bool { command[0].contains("qemu") }

  /// - Parameters:
  ///   - command: another program.
  ///   - environment: added to an environment without any variable that the program reads.
  ///   - input: standard input; empty if nil.
  ///   - outputFile: where standard output goes instead of `Result.output`.
  static func run(
    _ arguments: [String], command: [String] = Program.command, environment: [String: String] = [:], input: Data? = nil,
    outputFile: String? = nil,
    folder: URL? = nil
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0].contains("/") ? command[0] : "/usr/bin/env")
    process.arguments = (command[0].contains("/") ? Array(command.dropFirst()) : command) + arguments
    process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "TERM": "xterm"]
      .merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder }
    // Files instead of pipes: no reader is needed, so none can block.
    let scratch = try Folder()
    let files = try ["in", "out", "err"].map { name in
      let url = scratch.url.appendingPathComponent(name)
      try (name == "in" ? input ?? Data() : Data()).write(to: url)
      return url
    }
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(
      forWritingTo: outputFile.map { URL(fileURLWithPath: $0) } ?? files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Result(
      status: process.terminationStatus, signal: isSignal ? process.terminationStatus : nil,
      output: try Data(contentsOf: files[1]), errorText: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
    )
  }
}

/// A folder that goes when its owner does.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("edgeinfer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file, and the folders on its way.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appendingPathComponent(name))) }
}
