/// Hands things from one thread to another, one at a time, and back when they are done with. Nothing is allocated for it.
///
/// Either the newest wins: what has not been fetched when the next one comes is replaced. Or none is lost: the sender waits.
public final class FrameQueue<Item: AnyObject>: Sendable {
  /// Whether an item that nobody fetched gives way to a newer one.
  public let replaces: Bool
  private let state: Guarded<State>

  private struct State {
    var spare: [Item]
    var ready: Item?
    var isClosed = false
    var isAwaited = false
  }

  /// - Parameter items: at least three, one for each end and one in between.
  /// - Returns: nil if memory is short.
  public init?(_ items: [Item], replaces: Bool) {
    guard let state = Guarded(State(spare: items)) else { return nil }
    self.state = state
    self.replaces = replaces
  }

  /// For the sender: an item to fill. Waits for one if none may be replaced.
  /// - Returns: nil when the queue is closed.
  public func empty() -> Item? {
    state.wait(
      for: { $0.isClosed || !$0.spare.isEmpty || (replaces && $0.ready != nil) },
      then: { state in
        if state.isClosed { return nil }
        if let item = state.spare.popLast() { return item }
        defer { state.ready = nil }
        return state.ready
      })
  }

  /// For the sender: hands over an item.
  public func send(_ item: Item) {
    state.wait(
      for: { replaces || $0.ready == nil || $0.isClosed },
      then: { state in
        if let old = state.ready { state.spare.append(old) }
        state.ready = item
      })
  }

  /// For the receiver: waits for the next item.
  /// - Returns: nil when the queue is closed and all has been fetched.
  public func receive() -> Item? {
    state.access { $0.isAwaited = true }
    return state.wait(
      for: { $0.ready != nil || $0.isClosed },
      then: { state in
        defer { (state.ready, state.isAwaited) = (nil, false) }
        return state.ready
      })
  }

  /// For the receiver: is done with an item.
  public func giveBack(_ item: Item) { state.access { $0.spare.append(item) } }

  /// For the sender: waits until the receiver does, or until `deadline`, a time of `CLOCK_MONOTONIC`.
  public func waitUntilAwaited(deadline: Int64) {
    state.wait(until: deadline, for: { $0.isAwaited || $0.isClosed }, then: { _ in })
  }

  /// From either end: nothing more is sent. What was sent can still be received.
  public func close() { state.access { $0.isClosed = true } }
}
