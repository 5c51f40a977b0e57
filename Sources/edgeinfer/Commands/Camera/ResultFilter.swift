import EdgeRuntime

/// Decides which results are told, and which class a stream shows.
struct ResultFilter {
  /// A class is shown from this score on...
  let high: Float
  /// ...until it falls below this one, so that a score near a single threshold does not flicker.
  let low: Float
  let onlyChanges: Bool
  /// Every so manieth result counts.
  let interval: Int
  /// The class shown; nil if none is sure enough.
  private(set) var active: Int?
  private var told: Int??
  private var count = 0

  init(high: Float?, low: Float?, onlyChanges: Bool, interval: Int) {
    self.high = high ?? -.infinity
    self.low = low ?? high ?? -.infinity
    (self.onlyChanges, self.interval) = (onlyChanges, interval)
  }

  /// Takes a result's scores.
  /// - Returns: whether to tell it.
  mutating func takes(_ scores: [Float], best: Ranked) -> Bool {
    // The class that leads is shown if it is sure enough; one that is shown stays until it is not, or another one is sure.
    if best.score >= high {
      active = best.index
    } else if let shown = active, scores[shown] < low {
      active = nil
    }
    count += 1
    guard (count - 1) % interval == 0 else { return false }
    guard onlyChanges else { return active != nil }
    if let told, told == active { return false }
    defer { told = .some(active) }
    // A stream that begins without a class has not changed.
    return told != nil || active != nil
  }
}
