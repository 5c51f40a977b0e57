import Synchronization

/// Counts what threads have done, and tells it.
final class ProgressCounter: Sendable {
  private let done = Atomic<Int>(0)
  private let total: Int
  private let handler: ProgressHandler?

  init(total: Int, _ handler: ProgressHandler?) {
    self.total = total
    self.handler = handler
  }

  func count() {
    let done = done.add(1, ordering: .relaxed).newValue
    handler?(done, total)
  }
}
