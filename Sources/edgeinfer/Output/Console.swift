import CEdgeSystem
import EdgeTensor

/// Standard error: everything that is not a result.
enum Console {
  /// One line, `edgeinfer: …`. Nothing for an empty message.
  @inline(never)
  static func error(_ message: Text) {
    guard !message.isEmpty else { return }
    write("edgeinfer: \(message.printable())\n")
  }

  /// What cannot be written is lost: there is nowhere to report it.
  static func write(_ text: Text) {
    _ = text.bytes.withUnsafeBytes { edge_write(2, $0.baseAddress, $0.count) }
  }
}

/// How much a command says beside its results.
enum Verbosity: Int, Comparable {
  case quiet, normal, verbose

  init(_ arguments: Arguments) {
    self = arguments.has(.verbose) ? .verbose : arguments.has(.quiet) ? .quiet : .normal
  }

  static func < (a: Verbosity, b: Verbosity) -> Bool { a.rawValue < b.rawValue }

  /// A note, if this much is wanted.
  func note(_ level: Verbosity = .normal, _ message: Text) {
    if self >= level { Console.error(message) }
  }
}
