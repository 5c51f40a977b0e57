/// What happens where a window reaches past the edge of its input.
public enum Padding: Equatable, Sendable {
  /// The input is extended so that there is an output for every `stride` positions; an odd position goes after.
  case same
  /// The window stays inside the input.
  case valid
  /// The input is extended by so many positions, each count below the window's reach, so that no window lies beside the input.
  case explicit(before: Int, after: Int)

  public var name: StaticString {
    switch self {
    case .same: "same"
    case .valid: "valid"
    case .explicit: "explicit"
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
  /// `(kernel − 1) · dilation + 1` positions. Explicit: as VALID for the extended input.
  /// - Returns: nil if an extent, stride or dilation is outside its range (input `0..<2³¹`, the others `1..<2³¹`), if a valid or
  ///   explicit window does not fit into the (extended) input, or if explicit padding is negative or not below the reach.
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
    case .explicit(let before, let after):
      guard input > 0, (0..<reach).contains(before), (0..<reach).contains(after), before + after <= limits.upperBound,
        input + before + after >= reach
      else { return nil }
      outputExtent = (input + before + after - reach) / stride + 1
      paddingBefore = before
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
