import CEdgeSystem

/// Hardware counters of all threads, where the kernel permits them.
final class Counters {
  private var counters = edge_counters()
  /// Means of an inference; nil where there is no such counter.
  private(set) var cycles: Int?
  private(set) var instructions: Int?
  private(set) var cacheMisses: Int?

  /// To be made before the threads that are to be counted.
  /// - Returns: nil if there are none.
  init?() {
    guard edge_counters_open(&counters) else { return nil }
  }

  deinit { edge_counters_close(&counters) }

  func start() { edge_counters_start(&counters) }

  func stop(runs: Int) {
    edge_counters_stop(&counters)
    func mean(_ counter: Int32) -> Int? {
      let total = edge_counters_read(&counters, counter)
      return total < 0 ? nil : Int(total) / max(runs, 1)
    }
    cycles = mean(Int32(edge_counter_cycles))
    instructions = mean(Int32(edge_counter_instructions))
    cacheMisses = mean(Int32(edge_counter_cache_misses))
  }
}
