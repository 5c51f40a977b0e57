/// What happens where a window reaches past the edge of its input.
public enum Padding: Sendable, CaseIterable {
  /// The input is extended so that there is an output for every `stride` positions; an odd position goes after.
  case same
  /// The window stays inside the input.
  case valid

  public var name: StaticString {
    switch self {
    case .same: "same"
    case .valid: "valid"
    }
  }
}

/// Where a sliding window of a convolution or pool lies along one axis.
///
/// Output position `o` reads input positions `o · stride − paddingBefore + tap · dilation` for taps in `0..<kernelExtent`;
/// those outside the input contribute nothing.
public struct WindowAxis: Equatable, Sendable {
  public let inputExtent: Int
  public let kernelExtent: Int
  public let stride: Int
  public let dilation: Int
  public let outputExtent: Int
  public let paddingBefore: Int

  /// SAME: `⌈input / stride⌉` outputs. VALID: `⌈(input − reach + 1) / stride⌉`, where the window reaches over
  /// `(kernel − 1) · dilation + 1` positions.
  /// - Returns: nil if an extent, stride or dilation is outside its range (input `0..<2³¹`, the others `1..<2³¹`) or if a valid
  ///   window does not fit into the input.
  public init?(input: Int, kernel: Int, stride: Int, dilation: Int = 1, padding: Padding) {
    let limits = 1...Int(Int32.max)
    guard input == 0 || limits.contains(input), limits.contains(kernel), limits.contains(stride),
      limits.contains(dilation)
    else { return nil }
    let reach = (kernel - 1) * dilation + 1  // below 2⁶²
    switch padding {
    case .same:
      outputExtent = (input + stride - 1) / stride
      paddingBefore = outputExtent == 0 ? 0 : max((outputExtent - 1) * stride + reach - input, 0) / 2
    case .valid:
      guard input >= reach else { return nil }
      outputExtent = (input - reach) / stride + 1
      paddingBefore = 0
    }
    (inputExtent, kernelExtent, self.stride, self.dilation) = (input, kernel, stride, dilation)
  }

  /// Input position under tap 0; negative where it lies in the padding.
  @inline(__always)
  public func start(_ output: Int) -> Int { output &* stride &- paddingBefore }

  /// The taps of an output position that lie inside the input; possibly none, if dilated taps straddle it.
  /// - Parameter output: in `0..<outputExtent`.
  public func taps(_ output: Int) -> Range<Int> { taps(startingAt: start(output)) }

  /// The same for the input position under tap 0.
  func taps(startingAt start: Int) -> Range<Int> {
    // Divisions take longer than a row of a small image.
    guard dilation > 1 else {
      let first = max(0 &- start, 0)
      return first..<max(first, min(kernelExtent, inputExtent &- start))
    }
    let first = start >= 0 ? 0 : (dilation - 1 - start) / dilation
    let end = min(kernelExtent, (inputExtent - start + dilation - 1) / dilation)
    return first..<max(first, end)
  }
}
