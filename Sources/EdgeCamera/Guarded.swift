import CEdgeSystem

/// State that several threads change, one at a time, and wait for. Embedded Swift has no `Mutex`.
public final class Guarded<State>: @unchecked Sendable {
  private let gate: OpaquePointer
  private var state: State

  /// - Returns: nil if memory is short.
  public init?(_ state: State) {
    guard let gate = edge_gate_create() else { return nil }
    self.gate = gate
    self.state = state
  }

  deinit { edge_gate_destroy(gate) }

  /// Reads or changes the state.
  public func access<Result>(_ body: (inout State) -> Result) -> Result {
    edge_gate_lock(gate)
    defer {
      edge_gate_changed(gate)
      edge_gate_unlock(gate)
    }
    return body(&state)
  }

  /// Waits until the state is as wanted, or a time of `CLOCK_MONOTONIC`, and changes it then, while nobody else can.
  public func wait<Result>(
    until deadline: Int64 = .max, for isAsWanted: (State) -> Bool, then body: (inout State) -> Result
  ) -> Result {
    edge_gate_lock(gate)
    defer {
      edge_gate_changed(gate)
      edge_gate_unlock(gate)
    }
    while !isAsWanted(state), deadline == .max || edge_clock_ns() < deadline { _ = edge_gate_wait(gate, deadline) }
    return body(&state)
  }
}
