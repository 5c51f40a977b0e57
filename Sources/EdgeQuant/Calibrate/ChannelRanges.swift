import EdgeTensor

/// Smallest and largest value of each channel (the last axis) of a float tensor, over all samples.
struct ChannelRanges: Sendable {
  private(set) var minimum: [Float]
  private(set) var maximum: [Float]
  /// Whether a value was NaN or infinite.
  private(set) var isFinite = true

  init(channelCount: Int) {
    minimum = Array(repeating: .infinity, count: channelCount)
    maximum = Array(repeating: -.infinity, count: channelCount)
  }

  /// Over all channels and 0, which every quantized range must hold.
  var range: ValueRange { ValueRange(minimum: min(minimum.min() ?? 0, 0), maximum: max(maximum.max() ?? 0, 0)) }

  /// Whether no channel ever took a second value.
  var isConstant: Bool { minimum == maximum }

  /// Largest magnitude of a channel.
  func magnitude(channel: Int) -> Float { max(abs(minimum[channel]), abs(maximum[channel])) }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let channelCount = minimum.count
    guard channelCount > 0, values.count % channelCount == 0 else { return }
    var sum: Float = 0
    minimum.withUnsafeMutableBufferPointer { minimum in
      maximum.withUnsafeMutableBufferPointer { maximum in
        var start = 0
        while start < values.count {
          for channel in 0..<channelCount {
            let value = values[start + channel]
            minimum[channel] = value < minimum[channel] ? value : minimum[channel]
            maximum[channel] = value > maximum[channel] ? value : maximum[channel]
            // Infinite values and NaN stay NaN in the sum.
            sum += value * 0
          }
          start += channelCount
        }
      }
    }
    if sum.isNaN { isFinite = false }
  }

  mutating func merge(_ other: ChannelRanges) {
    for channel in minimum.indices {
      minimum[channel] = min(minimum[channel], other.minimum[channel])
      maximum[channel] = max(maximum[channel], other.maximum[channel])
    }
    isFinite = isFinite && other.isFinite
  }
}

/// A closed interval that contains 0.
public struct ValueRange: Equatable, Codable, Sendable {
  public var minimum: Float
  public var maximum: Float

  public func union(_ other: ValueRange) -> ValueRange {
    ValueRange(minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
  }

  /// Asymmetric int8: −128 stands for about `minimum`, 127 for about `maximum`, and 0 is represented exactly.
  public var int8: QuantParams { int8(leastScale: 0) }

  /// The same, with a scale of at least `leastScale`.
  func int8(leastScale: Float) -> QuantParams {
    let (low, high) = (Double(min(minimum, 0)), Double(max(maximum, 0)))
    // Below the smallest normal number a scale would lose digits; such a tensor is 0 for all purposes.
    let scale = max(Float((high - low) / 255), leastScale)
    guard scale >= .leastNormalMagnitude, scale.isFinite else { return QuantParams(scale: 1, zeroPoint: 0) }
    let zeroPoint = (-128 - low / Double(scale)).rounded(.toNearestOrAwayFromZero)
    return QuantParams(scale: scale, zeroPoint: Int32(min(max(zeroPoint, -128), 127)))
  }
}

extension CalibrationRun {
  /// The ranges of all float activations.
  /// - Throws: `calibration` if a value is not finite.
  func channelRanges(_ graph: Graph) throws(QuantError) -> [Int: ChannelRanges] {
    var byWorker = [[Int: ChannelRanges]](repeating: [:], count: workers.count)
    try byWorker.withEach { byWorker throws(QuantError) in
      try self { worker, _, tensor, bytes in
        guard graph.tensors[tensor].dataType == .float32 else { return }
        let channelCount = graph.tensors[tensor].shape?.dimensions.last ?? 1
        byWorker[worker][tensor, default: ChannelRanges(channelCount: channelCount)].add(
          UnsafeBufferPointer(bytes.bindMemory(to: Float.self)))
      }
    }
    var merged: [Int: ChannelRanges] = [:]
    for ranges in byWorker {
      for (tensor, range) in ranges {
        if merged[tensor] == nil { merged[tensor] = range } else { merged[tensor]!.merge(range) }
      }
    }
    for (tensor, range) in merged.sorted(by: { $0.key < $1.key }) where !range.isFinite {
      throw .calibration(
        "tensor \"\(graph.tensors[tensor].name)\" takes values that are not finite on the calibration data; check the model "
          + "and --mean and --std")
    }
    return merged
  }
}

extension Array {
  /// The elements for threads that each change their own.
  mutating func withEach<R>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(QuantError) -> R
  ) throws(QuantError) -> R {
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
    _ = copy.initialize(from: self)
    defer { copy.deinitialize().deallocate() }
    let result = try body(copy)
    self = Array(copy)
    return result
  }
}
