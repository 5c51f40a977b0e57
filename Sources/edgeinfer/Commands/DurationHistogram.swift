/// Times, counted in buckets of about 1 %: percentiles of any number of samples in constant memory.
struct DurationHistogram {
  private(set) var count = 0
  private var sum: Int64 = 0
  private var buckets: [UInt32]
  /// Buckets of each doubling; below as many nanoseconds, one for each nanosecond.
  private static let perOctave = 64
  private static let shift = 6
  private static let octaves = 42

  init() { buckets = [UInt32](repeating: 0, count: DurationHistogram.perOctave * (DurationHistogram.octaves + 1)) }

  /// - Parameter nanoseconds: below 0 counts as 0.
  mutating func add(_ nanoseconds: Int64) {
    let bucket = min(DurationHistogram.bucket(Int(max(nanoseconds, 0))), buckets.count - 1)
    if buckets[bucket] < .max { buckets[bucket] += 1 }
    count += 1
    sum &+= max(nanoseconds, 0)
  }

  /// In nanoseconds; 0 without samples.
  var mean: Int64 { count > 0 ? sum / Int64(count) : 0 }

  /// The time in nanoseconds that so many thousandths of the samples do not exceed, rounded up to its bucket; 0 without samples.
  func percentile(thousandths: Int) -> Int64 {
    var left = (count * thousandths + 999) / 1000
    for (bucket, samples) in buckets.enumerated() {
      left -= Int(samples)
      if left <= 0, samples > 0 { return Int64(DurationHistogram.upperBound(bucket)) }
    }
    return 0
  }

  private static func bucket(_ value: Int) -> Int {
    guard value >= perOctave else { return value }
    let octave = Int.bitWidth - 1 - value.leadingZeroBitCount - shift
    return (octave + 1) * perOctave + (value >> octave) - perOctave
  }

  /// The largest value of a bucket.
  private static func upperBound(_ bucket: Int) -> Int {
    guard bucket >= perOctave else { return bucket }
    let octave = bucket / perOctave - 1
    return ((bucket % perOctave + perOctave + 1) << octave) - 1
  }
}
