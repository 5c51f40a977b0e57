import CEdgeSystem
import EdgeTensor

/// One line on standard error that fills up: how much is done, how fast, and how long the rest will take.
///
/// Only on a terminal, and not where results go to one as well.
struct ProgressBar {
  private let total: Int?
  private let isShown: Bool
  private let style: Style
  private let start = edge_clock_ns()
  private var nextTime: Int64
  private var hasLine = false

  private static let width = 24
  private static let interval: Int64 = 200_000_000

  /// - Parameter total: nil if it is not known.
  init(total: Int?, output: Output, _ verbosity: Verbosity) {
    self.total = total
    style = Style(Output.standardError)
    isShown = verbosity > .quiet && edge_is_terminal(2) && !output.isTerminal && !Style.isDumb
    // Short runs need none.
    nextTime = start + ProgressBar.interval
  }

  /// - Parameters:
  ///   - done: of `total`.
  ///   - skipped: those of `done` that were not done now, and tell nothing about the rate.
  mutating func show(_ done: Int, skipped: Int = 0) {
    guard isShown else { return }
    let now = edge_clock_ns()
    guard now >= nextTime else { return }
    nextTime = now + ProgressBar.interval
    hasLine = true
    let rate = Double(done - skipped) / Double(now - start) * 1e9
    var text: Text = "\(done) pictures"
    if let total, total > 0 {
      let filled = min(done, total) * ProgressBar.width / total
      let bar = (0..<ProgressBar.width).map { UInt8(ascii: $0 < filled ? "#" : ".") }
      text = "[\(style.bold(Text(bar)))] \(100 * min(done, total) / total) %  \(done) of \(total)"
    }
    text += "  \(decimals(Int(rate * 10), 1))/s"
    if let total, rate > 0 { text += "  \(ProgressBar.clock(Int(Double(max(total - done, 0)) / rate))) left" }
    Console.write("\r\u{1B}[K\(text)")
  }

  /// Takes the line away.
  mutating func end() {
    if hasLine { Console.write("\r\u{1B}[K") }
    hasLine = false
  }

  /// `1:02:03`, `2:03`.
  private static func clock(_ seconds: Int) -> Text {
    func two(_ number: Int) -> Text { number < 10 ? "0\(number)" : "\(number)" }
    let rest: Text = "\(two(seconds % 60))"
    if seconds < 3600 { return "\(seconds / 60):\(rest)" }
    return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(rest)"
  }
}
