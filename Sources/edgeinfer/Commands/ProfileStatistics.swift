import EdgeTensor

/// What a list of times comes down to. Nanoseconds.
struct ProfileStatistics {
  let count: Int
  let minimum: Int64
  let maximum: Int64
  let mean: Double
  /// Of the samples themselves, not an estimate for a larger population.
  let standardDeviation: Double
  private let sorted: [Int64]

  /// - Parameter samples: at least one.
  init(_ samples: [Int64]) {
    sorted = stableOrder(of: samples.count) { samples[$0] < samples[$1] }.map { samples[$0] }
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
  }

  /// The middle sample; the mean of both where there are two.
  var median: Double { (Double(sorted[(count - 1) / 2]) + Double(sorted[count / 2])) / 2 }

  /// The smallest sample that at least `percent` of all do not exceed.
  /// - Parameter percent: 1...100.
  func percentile(_ percent: Int) -> Int64 { sorted[(count * percent + 99) / 100 - 1] }
}
