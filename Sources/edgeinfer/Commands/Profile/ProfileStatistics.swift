import EdgeTensor

/// What a list of times comes down to. Nanoseconds.
struct ProfileStatistics {
  let count: Int
  let minimum: Int64
  let maximum: Int64
  let mean: Double
  /// Of the samples themselves, not an estimate for a larger population.
  let standardDeviation: Double
  /// Medians of the first and the second half of the samples, as if they were two runs.
  let halves: (Double, Double)
  /// How far apart the medians of ten consecutive parts of the samples are at most, over the median of all; 0 for fewer than twenty.
  let spread: Double
  private let sorted: [Int64]

  /// Halves that differ by more make a measurement unstable.
  static let stableDifference = 0.03

  /// - Parameter samples: at least one.
  init(_ samples: [Int64]) {
    sorted = samples.stablyOrdered(by: <)
    count = samples.count
    minimum = sorted[0]
    maximum = sorted[count - 1]
    var sum = 0.0
    for sample in samples { sum += Double(sample) }
    let mean = sum / Double(count)
    var squares = 0.0
    for sample in samples { squares += (Double(sample) - mean) * (Double(sample) - mean) }
    self.mean = mean
    standardDeviation = (squares / Double(count)).squareRoot()
    halves = (
      ProfileStatistics.median(samples[..<((samples.count + 1) / 2)]),
      ProfileStatistics.median(samples[(samples.count / 2)...])
    )
    var (least, most) = (Double.infinity, 0.0)
    if samples.count >= 20 {
      for part in 0..<10 {
        let median = ProfileStatistics.median(samples[(samples.count * part / 10)..<(samples.count * (part + 1) / 10)])
        (least, most) = (min(least, median), max(most, median))
      }
    }
    let middle = ProfileStatistics.middle(sorted)
    spread = most > least && middle > 0 ? (most - least) / middle : 0
  }

  /// The middle sample; the mean of both where there are two.
  var median: Double { ProfileStatistics.middle(sorted) }

  /// Whether the two halves agree.
  var isStable: Bool {
    (halves.0 - halves.1).magnitude <= ProfileStatistics.stableDifference * min(halves.0, halves.1)
  }

  /// The smallest sample that at least `percent` of all do not exceed.
  /// - Parameter percent: 1...100.
  func percentile(_ percent: Int) -> Int64 { sorted[(count * percent + 99) / 100 - 1] }

  /// Samples by time, in bins of equal width from the shortest to p99; the last has all that are longer.
  func histogram(binCount: Int) -> (low: Int64, width: Double, counts: [Int]) {
    let width = max(Double(percentile(99) - minimum), 1) / Double(binCount - 1)
    var counts = [Int](repeating: 0, count: binCount)
    for sample in sorted { counts[min(Int(Double(sample - minimum) / width), binCount - 1)] += 1 }
    return (minimum, width, counts)
  }

  private static func median(_ samples: ArraySlice<Int64>) -> Double { middle(Array(samples).stablyOrdered(by: <)) }

  private static func middle(_ sorted: [Int64]) -> Double {
    (Double(sorted[(sorted.count - 1) / 2]) + Double(sorted[sorted.count / 2])) / 2
  }
}
