import EdgeTensor
import Foundation

/// How often a tensor's values fall into equal parts of a range. Counts do not depend on the order of adding.
struct Histogram: Sendable {
  static let binCount = 2048

  let range: ValueRange
  private(set) var counts = [UInt64](repeating: 0, count: Histogram.binCount)
  private let binsPerUnit: Float

  /// - Parameter range: holds every value that will be added.
  init(_ range: ValueRange) {
    self.range = range
    let width = range.maximum - range.minimum
    binsPerUnit = width > 0 && width.isFinite ? Float(Histogram.binCount) / width : 0
  }

  var binWidth: Float { (range.maximum - range.minimum) / Float(Histogram.binCount) }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let (minimum, scale, last) = (range.minimum, binsPerUnit, Float(Histogram.binCount - 1))
    counts.withUnsafeMutableBufferPointer { counts in
      for value in values { counts[Int(min(max((value - minimum) * scale, 0), last))] += 1 }
    }
  }

  mutating func merge(_ other: Histogram) {
    for bin in counts.indices { counts[bin] += other.counts[bin] }
  }

  /// The range between the bins that leave out at most `fraction` of all values, half of it on either side; holds 0.
  func percentile(leavingOut fraction: Double) -> ValueRange {
    let total = counts.reduce(0, +)
    let allowed = UInt64(Double(total) * fraction / 2)
    func bins(_ order: some Sequence<Int>) -> Int {
      var left: UInt64 = 0
      for bin in order {
        left += counts[bin]
        if left > allowed { return bin }
      }
      return 0
    }
    let (low, high) = (bins(0..<Histogram.binCount), bins((0..<Histogram.binCount).reversed()))
    return ValueRange(
      minimum: min(range.minimum + Float(low) * binWidth, 0),
      maximum: max(range.minimum + Float(high + 1) * binWidth, 0))
  }

  /// Mean squared error of rounding to int8 over `candidate`: within a bin all values count as its middle, and rounding within the range
  /// costs scale²/12.
  func meanSquaredError(_ candidate: ValueRange) -> Double {
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return 0 }
    let scale = Double(candidate.maximum - candidate.minimum) / 255
    var error = 0.0
    for (bin, count) in counts.enumerated() where count > 0 {
      let value = Double(range.minimum) + (Double(bin) + 0.5) * Double(binWidth)
      let clipped = min(max(value, Double(candidate.minimum)), Double(candidate.maximum))
      error += Double(count) * ((value - clipped) * (value - clipped) + scale * scale / 12)
    }
    return error / total
  }

  /// The part of the range, each end shrunk on its own, for which `cost` is least. Ends that are 0 stay.
  func shrunk(_ cost: (ValueRange) -> Double) -> ValueRange {
    var best = range
    var least = cost(best)
    // One end after the other: costs have one valley for each.
    for _ in 0..<2 {
      for end in [\ValueRange.minimum, \ValueRange.maximum] where range[keyPath: end] != 0 {
        for step in 1...100 {
          var candidate = best
          candidate[keyPath: end] = range[keyPath: end] * Float(step) / 100
          let value = cost(candidate)
          if value < least { (best, least) = (candidate, value) }
        }
      }
    }
    return best
  }

  /// Relative entropy, in nats, of the values' distribution and of what is left of it when clipped to `candidate` and spread over 256
  /// equal levels (Migacz, "8-bit inference with TensorRT", 2017).
  func relativeEntropy(_ candidate: ValueRange) -> Double {
    let total = Double(counts.reduce(0, +))
    guard total > 0, binWidth > 0 else { return 0 }
    func bin(_ value: Float) -> Int {
      min(max(Int(((value - range.minimum) / binWidth).rounded()), 0), Histogram.binCount)
    }
    let (first, end) = (bin(candidate.minimum), bin(candidate.maximum))
    guard end - first > 256 else { return .infinity }
    var reference = counts[first..<end].map(Double.init)
    reference[0] += counts[..<first].reduce(0) { $0 + Double($1) }
    reference[reference.count - 1] += counts[end...].reduce(0) { $0 + Double($1) }
    var entropy = 0.0
    for level in 0..<256 {
      let (from, to) = (level * reference.count / 256, (level + 1) * reference.count / 256)
      let inside = counts[first + from..<first + to]
      let occupied = inside.count { $0 > 0 }
      // Clipped values are in the reference only, which is what clipping costs.
      let spread = occupied == 0 ? 0 : inside.reduce(0) { $0 + Double($1) } / Double(occupied)
      for index in from..<to where reference[index] > 0 {
        let left = counts[first + index] > 0 ? spread : 0
        entropy += reference[index] / total * log(reference[index] / max(left, 1e-9 * total))
      }
    }
    return entropy
  }
}

/// How the range of an activation is chosen from what calibration saw.
public enum RangeMethod: String, CaseIterable, Sendable {
  /// All values.
  case minMax = "min-max"
  /// All but one in ten thousand.
  case percentile
  /// Least squared error of the tensor.
  case mse
  /// Least relative entropy.
  case kl

  func range(_ histogram: Histogram) -> ValueRange {
    switch self {
    case .minMax: histogram.range
    case .percentile: histogram.percentile(leavingOut: 1e-4)
    case .mse: histogram.shrunk(histogram.meanSquaredError)
    case .kl: histogram.shrunk(histogram.relativeEntropy)
    }
  }
}

extension CalibrationRun {
  /// A histogram for each set of tensors that share a scale.
  /// - Parameters:
  ///   - group: by tensor, its set's number or nil.
  ///   - ranges: by set.
  func histograms(group: [Int?], ranges: [Int: ValueRange]) throws(QuantError) -> [Int: Histogram] {
    var byWorker = [[Int: Histogram]](repeating: ranges.mapValues(Histogram.init), count: workers.count)
    try byWorker.withEach { byWorker throws(QuantError) in
      try self { worker, _, tensor, bytes in
        guard let group = group[tensor] else { return }
        byWorker[worker][group]?.add(UnsafeBufferPointer(bytes.bindMemory(to: Float.self)))
      }
    }
    return byWorker.dropFirst().reduce(into: byWorker[0]) { merged, other in
      for (group, histogram) in other { merged[group]?.merge(histogram) }
    }
  }
}
