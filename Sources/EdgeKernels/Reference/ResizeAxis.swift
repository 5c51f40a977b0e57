/// How an axis of a picture is sampled when it is resized.
public struct ResizeAxis: Sendable {
  /// Extent before, at least 1.
  public let input: Int
  /// Extent after, at least 1.
  public let output: Int
  /// Whether the first and last samples fall on the first and last elements.
  let alignsCorners: Bool
  /// Whether coordinates count from an element's edge instead of its centre.
  let usesHalfPixels: Bool
  /// Input elements for each output element.
  private let scale: Float
  /// The same in 1/1024, to nearest, ties up.
  private let scale10: Int

  public init(input: Int, output: Int, alignsCorners: Bool, usesHalfPixels: Bool) {
    let (from, to) = alignsCorners && output > 1 ? (input - 1, output - 1) : (input, output)
    self.input = input
    self.output = output
    self.alignsCorners = alignsCorners
    self.usesHalfPixels = usesHalfPixels
    scale = Float(from) / Float(to)
    scale10 = (1024 * from + to / 2) / to
  }

  /// The two elements around sample i, and the share of the second in 1/1024. The share is negative before the first element, where
  /// both are the same.
  /// - SeeAlso: TensorFlow Lite's reference `resize_bilinear.h`, `ComputeInterpolationValuesInteger`.
  @inline(__always)
  public func integerSample(_ i: Int) -> (lower: Int, upper: Int, weight: Int) {
    let position = i * scale10 + (usesHalfPixels ? scale10 / 2 - 512 : 0)
    // Rounding of the scale may carry the last samples of a large picture past its edge.
    let lower = min(max(position / 1024, 0), input - 1)
    return (lower, min((position + 1023) / 1024, input - 1), position - 1024 * lower)
  }

  /// The two elements around sample i, and the share of the second. Each operation rounds to float32.
  /// - SeeAlso: TensorFlow Lite's reference `resize_bilinear.h`, `ComputeInterpolationValues`.
  @inline(__always)
  public func sample(_ i: Int) -> (lower: Int, upper: Int, weight: Float) {
    let position = usesHalfPixels ? (Float(i) + 0.5) * scale - 0.5 : Float(i) * scale
    let lower = min(max(Int(position.rounded(.down)), 0), input - 1)
    return (lower, max(min(Int(position.rounded(.up)), input - 1), 0), position - Float(lower))
  }

  /// The element nearest to sample i. Each operation rounds to float32.
  /// - SeeAlso: TensorFlow Lite's reference `resize_nearest_neighbor.h`, `GetNearestNeighbor`.
  @inline(__always)
  public func nearest(_ i: Int) -> Int {
    let position = (Float(i) + (usesHalfPixels ? 0.5 : 0)) * scale
    let index = Int(alignsCorners ? FixedPoint.round(position) : position.rounded(.down))
    return max(min(index, input - 1), 0)
  }
}

/// The geometry of resizing `[batch, height, width, channels]`.
public struct Resize: Sendable {
  public let vertical: ResizeAxis
  public let horizontal: ResizeAxis
  /// Elements of a pixel.
  public let channels: Int

  public init(vertical: ResizeAxis, horizontal: ResizeAxis, channels: Int) {
    self.vertical = vertical
    self.horizontal = horizontal
    self.channels = channels
  }

  /// Elements of an input row.
  var inputRow: Int { horizontal.input * channels }
  /// Elements of an output row.
  var outputRow: Int { horizontal.output * channels }
}
