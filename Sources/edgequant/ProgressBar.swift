import Foundation

/// How much of a task is done and about how long the rest will take, on standard error: on a terminal one line that fills up, in a log a line
/// a minute.
final class ProgressBar: Sendable {
  private let title: String
  private let isShown: Bool
  private let isTerminal = isatty(2) != 0
  private let start = ContinuousClock.now
  private let lock = NSLock()
  nonisolated(unsafe) private var shownPercent = -1
  nonisolated(unsafe) private var nextLine = logInterval

  private static let width = 30
  private static let logInterval = Duration.seconds(60)
  /// Before that, the rate says little.
  private static let firstEstimate = Duration.seconds(3)

  /// - Parameter isQuiet: show nothing.
  init(_ title: String, isQuiet: Bool) {
    self.title = title
    isShown = !isQuiet
  }

  /// May be called by any thread, and in any order.
  func show(_ done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let percent = 100 * done / total
    let elapsed = ContinuousClock.now - start
    lock.withLock {
      guard percent > shownPercent, isTerminal || elapsed >= nextLine else { return }
      (shownPercent, nextLine) = (percent, elapsed + ProgressBar.logInterval)
      let text = "\(percent) % \(title)\(ProgressBar.rest(percent, elapsed))"
      guard isTerminal else { return write(text + "\n") }
      let filled = String(repeating: "#", count: percent * ProgressBar.width / 100)
      write("\r[\(filled.padding(toLength: ProgressBar.width, withPad: ".", startingAt: 0))] \(text)\u{1B}[K")
    }
  }

  /// Takes the line away.
  func end() {
    lock.withLock { if isTerminal, shownPercent >= 0 { write("\r\u{1B}[K") } }
  }

  /// `, about 3:10 left`, at the rate of what is done; nothing in the first seconds.
  static func rest(_ percent: Int, _ elapsed: Duration) -> String {
    guard percent > 0, percent < 100, elapsed >= firstEstimate else { return "" }
    let left = elapsed * (100 - percent) / percent
    return ", about \(left.formatted(.time(pattern: left < .seconds(3600) ? .minuteSecond : .hourMinuteSecond))) left"
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
