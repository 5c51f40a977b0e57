import ArgumentParser
import Foundation

/// Results go to standard output, all else to standard error.
struct Console {
  let isQuiet: Bool

  func result(_ text: String) {
    if !isQuiet { print(text) }
  }

  func note(_ text: String) {
    if !isQuiet { write("note: \(text)") }
  }

  /// Only on a terminal.
  func progress(_ text: String) {
    if !isQuiet, isatty(2) != 0 { write("\(text) ...") }
  }

  func error(_ text: String) { write("edgequant: \(text)") }

  private func write(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// Exit codes from `sysexits.h`; usage errors are ArgumentParser's and 64, too.
enum Status {
  static let badData = ExitCode(65)
  static let noInput = ExitCode(66)
  static let cannotCreate = ExitCode(73)
}
