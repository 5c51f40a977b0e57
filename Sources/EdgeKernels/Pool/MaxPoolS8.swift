import CEdgeKernels

/// One output row of an int8 max pool. `edge_max_pool_s8` in `CEdgeKernels.h` is the contract.
public struct MaxPoolRowS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (UnsafePointer<edge_max_pool_s8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?) ->
    Void

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run
}

/// int8 maximum over each window, of the codes. Scales are not looked at.
public struct MaxPoolS8: Sendable {
  private let windows: PoolWindows
  private let clamp: ClampS8
  private let kernel: MaxPoolRowS8?

  /// - Parameter kernel: nil for plain Swift.
  public init(windows: PoolWindows, clamp: ClampS8, kernel: MaxPoolRowS8?) {
    (self.windows, self.clamp, self.kernel) = (windows, clamp, kernel)
  }

  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, rows: Range<Int>
  ) {
    guard let kernel else {
      return windows.fold(
        outputRows: rows, input, output, from: Int8.min, { max($0, $1) },
        finish: { largest, _ in clamp.apply(Int32(largest), zeroPoint: 0) })
    }
    let (vertical, columns) = (windows.rows, windows.columns)
    var arguments = edge_max_pool_s8(
      rows: 0, row_byte_count: windows.inputRowCount, channels: windows.channels, input_width: columns.inputExtent,
      output_width: columns.outputExtent, kernel_width: columns.kernelExtent, stride_width: columns.stride,
      padding_left: columns.paddingBefore, minimum: clamp.minimum, maximum: clamp.maximum)
    for row in rows {
      let (batch, y) = row.quotientAndRemainder(dividingBy: vertical.outputExtent)
      let taps = vertical.taps(y)
      arguments.rows = taps.count
      let first = batch * vertical.inputExtent + vertical.start(y) + taps.lowerBound
      kernel.run(
        &arguments, input + first * windows.inputRowCount, output + row * columns.outputExtent * windows.channels)
    }
  }
}
