import CEdgeSystem

/// When reading frames ends: at a time, or when somebody asks.
public final class StopCondition: Sendable {
  /// A time of `CLOCK_MONOTONIC` in nanoseconds; `Int64.max` for none.
  public let deadline: Int64
  private let descriptor: Int32

  /// - Throws: `.noResources`.
  public init(deadline: Int64 = .max) throws(CameraError) {
    self.deadline = deadline
    descriptor = edge_stop_create()
    guard descriptor >= 0 else { throw .noResources(reason: systemReason()) }
  }

  deinit { _ = edge_close_file(descriptor) }

  /// Asks whoever waits to end, from any thread.
  public func request() { edge_stop_request(descriptor) }

  /// SIGINT and SIGTERM ask from now on, each once; then they end the process again. Must outlive what they may interrupt.
  public func requestOnSignals() { edge_stop_on_signals(descriptor) }

  /// Waits for a descriptor, -1 for none, to have something to read.
  func wait(_ source: Int32, until time: Int64 = .max) -> edge_event {
    edge_wait(source, descriptor, min(time, deadline))
  }
}
