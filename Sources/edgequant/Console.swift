import ArgumentParser
import EdgeQuant
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

  /// Prints an error with the path that it is about, unless it names that itself.
  /// - Returns: the exit code.
  func failure(_ failure: QuantError, _ path: String) -> ExitCode {
    guard case .data(let reason) = failure else {
      error("\(path): \(failure)")
      return Status.badData
    }
    error("\(reason)")
    if case .unreadable = reason { return Status.noInput }
    return Status.badData
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// Exit codes from `sysexits.h`; usage errors are ArgumentParser's and 64, too.
enum Status {
  static let badData = ExitCode(65)
  static let noInput = ExitCode(66)
  static let cannotCreate = ExitCode(73)
}
