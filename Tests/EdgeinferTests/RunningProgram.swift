import Foundation

/// The program while it runs, for what ends only when it is told to.
final class RunningProgram {
  struct Failure: Error {
    let text: String
  }

  let process = Process()
  private let scratch: Folder
  static let patience: TimeInterval = 60

  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    scratch = try Folder()
    let command = Program.command
    process.executableURL = URL(fileURLWithPath: command[0].contains("/") ? command[0] : "/usr/bin/env")
    process.arguments = (command[0].contains("/") ? Array(command.dropFirst()) : command) + arguments
    process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "TERM": "xterm"]
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.write("out", "")))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.write("err", "")))
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var output: String { String(decoding: (try? scratch.bytes("out")) ?? [], as: UTF8.self) }
  var errorText: String { String(decoding: (try? scratch.bytes("err")) ?? [], as: UTF8.self) }

  /// Until the process waits for its source, with threads of its own for reading and decoding. An emulator has one more from the start, so
  /// the program must have no others: `-t 1`.
  func waitUntilReady() throws { try wait("for its threads") { self.threadCount > 2 } }

  func waitForLines(_ count: Int) throws {
    try wait("for \(count) lines") { self.output.split(separator: "\n").count >= count }
  }

  /// Sends a signal and waits for the end.
  func end(with signal: Int32) throws -> Program.Result {
    kill(process.processIdentifier, signal)
    return try waitForEnd()
  }

  func waitForEnd(patience: TimeInterval = RunningProgram.patience) throws -> Program.Result {
    try wait("for its end", whileRunning: false, patience: patience) { !self.process.isRunning }
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Program.Result(
      status: process.terminationStatus, signal: isSignal ? process.terminationStatus : nil,
      output: Data(try scratch.bytes("out")), errorText: errorText)
  }

  /// What the system counts as its memory now (VmRSS).
  func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let words = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }?.split(separator: " ")
    guard let words, words.count > 1, let count = Int(words[words.count - 2].split(separator: "\t").last ?? "") else {
      throw Failure(text: "no VmRSS in \(status)")
    }
    return count * 1024
  }

  private var threadCount: Int {
    let path = "/proc/\(process.processIdentifier)/task"
    return (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
  }

  private func wait(
    _ what: String, whileRunning: Bool = true, patience: TimeInterval = RunningProgram.patience, until isSo: () -> Bool
  ) throws {
    let end = Date().addingTimeInterval(patience)
    while !isSo() {
      if Date() > end || (whileRunning && !process.isRunning) {
        throw Failure(text: "waited in vain \(what): \(output)\n\(errorText)")
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
  }
}
