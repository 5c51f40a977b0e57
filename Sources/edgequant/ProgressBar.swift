import Foundation

/// One line on standard error that fills up, if that is a terminal; nothing otherwise.
final class ProgressBar: Sendable {
  private let title: String
  private let isShown: Bool
  private let lock = NSLock()
  nonisolated(unsafe) private var shownPercent = -1

  private static let width = 30

  /// - Parameter isQuiet: show nothing.
  init(_ title: String, isQuiet: Bool) {
    self.title = title
    isShown = !isQuiet && isatty(2) != 0
  }

  /// May be called by any thread, and in any order.
  func show(_ done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let percent = 100 * done / total
    lock.withLock {
      guard percent > shownPercent else { return }
      shownPercent = percent
      let filled = String(repeating: "#", count: percent * ProgressBar.width / 100)
      write("\r[\(filled.padding(toLength: ProgressBar.width, withPad: ".", startingAt: 0))] \(percent) % \(title)")
    }
  }

  /// Takes the line away.
  func end() {
    lock.withLock { if shownPercent >= 0 { write("\r\u{1B}[K") } }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
