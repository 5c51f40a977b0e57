import CEdgeSystem
import EdgeTensor

/// Bold and dim text on terminals that want it: not with `NO_COLOR` (https://no-color.org) or `TERM=dumb`.
struct Style {
  private let isEnabled: Bool

  init(_ output: Output) {
    isEnabled = output.isTerminal && Process.environment("NO_COLOR") == nil && !Style.isDumb
  }

  /// The terminal takes no escape sequences.
  static var isDumb: Bool { Process.environment("TERM")?.bytes.elementsEqual("dumb".utf8) ?? true }

  func bold(_ text: Text) -> Text { isEnabled ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  func dim(_ text: Text) -> Text { isEnabled ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}
