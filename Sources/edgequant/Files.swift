import ArgumentParser
import EdgeModel
import Foundation

/// Reading and writing whole files, with errors that name the file.
enum Files {
  static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  static func folder(_ path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

  /// The name without its extension.
  static func stem(_ path: String) -> String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

  static func map(_ path: String) throws(ExitCode) -> ModelBytes {
    guard let bytes = ModelBytes(mapping: path) else {
      let isThere = FileManager.default.fileExists(atPath: path)
      Console(isQuiet: false).error("\(path): \(isThere ? "cannot be read" : "no such file")")
      throw Status.noInput
    }
    return bytes
  }

  static func read(_ path: String) throws(ExitCode) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      Console(isQuiet: false).error("\(path): cannot be read")
      throw Status.noInput
    }
    return [UInt8](data)
  }

  /// Writes beside the target first, so that nobody ever sees half a file.
  static func write(_ bytes: [UInt8], to path: String) throws(ExitCode) {
    let target = URL(fileURLWithPath: path)
    let temporary = target.deletingLastPathComponent()
      .appendingPathComponent(".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try Data(bytes).write(to: temporary)
      guard rename(temporary.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      Console(isQuiet: false).error("\(path): cannot be created; check that the folder exists and may be written")
      throw Status.cannotCreate
    }
  }
}
