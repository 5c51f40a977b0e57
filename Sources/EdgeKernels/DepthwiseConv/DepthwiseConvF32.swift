import CEdgeKernels

/// float32 depthwise convolution with multiplier 1, a row of the output at a time. It promises an accuracy, not bits.
public struct DepthwiseConvF32: Sendable {
  private let geometry: ConvGeometry
  private let clamp: ClampF32
  private let kernel: DepthwiseF32

  /// Taller kernels are left to the reference: the pointers to the input rows of one output row are kept on the stack.
  public static let maximumKernelHeight = 64

  /// - Precondition: `geometry.outChannels == geometry.inChannels`, kernel height at most `maximumKernelHeight`.
  public init(_ geometry: ConvGeometry, _ clamp: ClampF32, kernel: DepthwiseF32) {
    precondition(geometry.outChannels == geometry.inChannels)
    precondition(geometry.rows.kernelExtent <= DepthwiseConvF32.maximumKernelHeight)
    self.geometry = geometry
    self.clamp = clamp
    self.kernel = kernel
  }

  /// - Parameters:
  ///   - weights: layout `c16`.
  ///   - units: output rows, batch included.
  public func callAsFunction(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, units: Range<Int>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let capacity = rows.kernelExtent
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: capacity) { buffer in
      let inputRows = buffer.baseAddress!
      inputRows.initialize(repeating: nil, count: capacity)
      var arguments = edge_depthwise_f32(
        channels: geometry.inChannels, input_width: columns.inputExtent, output_width: columns.outputExtent,
        kernel_width: columns.kernelExtent, stride_width: columns.stride, dilation_width: columns.dilation,
        padding_left: columns.paddingBefore, input_rows: inputRows, tap_row_begin: 0, tap_row_end: 0, weights: weights,
        kernel_height: rows.kernelExtent, bias: bias, minimum: clamp.minimum, maximum: clamp.maximum)
      for unit in units {
        let (n, oy) = unit.quotientAndRemainder(dividingBy: rows.outputExtent)
        let taps = rows.taps(oy)
        for tap in taps {
          let y = n * rows.inputExtent + rows.start(oy) + tap * rows.dilation
          inputRows[tap] = input + y * columns.inputExtent * geometry.inChannels
        }
        arguments.tap_row_begin = taps.lowerBound
        arguments.tap_row_end = taps.upperBound
        kernel.row(&arguments, output + unit * columns.outputExtent * geometry.outChannels)
      }
    }
  }
}
