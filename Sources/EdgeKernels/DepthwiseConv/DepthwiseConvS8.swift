import CEdgeKernels

/// int8 depthwise convolution with multiplier 1, a row of the output at a time; equal to `Reference.depthwiseConvS8` on every byte.
public struct DepthwiseConvS8: Sendable {
  private let geometry: ConvGeometry
  private let quantization: ConvQuantization
  private let kernel: DepthwiseS8

  /// - Precondition: `geometry.outChannels == geometry.inChannels`, kernel height at most `maximumKernelHeight`.
  public init(_ geometry: ConvGeometry, _ quantization: ConvQuantization, kernel: DepthwiseS8) {
    precondition(geometry.outChannels == geometry.inChannels)
    precondition(geometry.rows.kernelExtent <= DepthwiseConvS8.maximumKernelHeight)
    self.geometry = geometry
    self.quantization = quantization
    self.kernel = kernel
  }

  /// Taller kernels are left to the reference: the pointers to the input rows of one output row are kept on the stack.
  public static let maximumKernelHeight = 64

  /// - Parameters:
  ///   - inputRowCount: of a ring; row r of the input then lies in slot `r % inputRowCount`. Otherwise not below the input's rows.
  ///   - weights: layout `c16`.
  ///   - units: output rows, batch included.
  public func callAsFunction(
    input: UnsafePointer<Int8>, inputRowCount: Int = .max, weights: UnsafePointer<Int8>, channels: ChannelTable,
    output: UnsafeMutablePointer<Int8>,
    units: Range<Int>
  ) {
    let capacity = kernel.rowCount * geometry.rows.kernelExtent
    withUnsafeTemporaryAllocation(of: UnsafePointer<Int8>?.self, capacity: capacity) { inputRows in
      run(input, inputRowCount, weights, channels, output, units, inputRows.baseAddress!)
    }
  }

  private func run(
    _ input: UnsafePointer<Int8>, _ inputRowCount: Int, _ weights: UnsafePointer<Int8>, _ channels: ChannelTable,
    _ output: UnsafeMutablePointer<Int8>, _ units: Range<Int>, _ inputRows: UnsafeMutablePointer<UnsafePointer<Int8>?>
  ) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let rowByteCount = columns.inputExtent * geometry.inChannels
    var arguments = edge_depthwise_s8(
      channels: geometry.inChannels, input_width: columns.inputExtent, output_width: columns.outputExtent,
      kernel_width: columns.kernelExtent, stride_width: columns.stride, dilation_width: columns.dilation,
      padding_left: columns.paddingBefore, rows: 1, input_rows: inputRows, tap_row_begin: 0, tap_row_end: 0,
      input_zero_point: quantization.inputZeroPoint, weight_zero_point: quantization.weightZeroPoint, weights: weights,
      kernel_height: rows.kernelExtent, bias: channels.bias,
      scale: edge_requantize_s8(
        multiplier: channels.multiplier, shift: channels.shift, largest_shift: channels.largestShift,
        zero_point: quantization.outputZeroPoint,
        minimum: quantization.clamp.minimum, maximum: quantization.clamp.maximum))
    var (n, oy) = units.lowerBound.quotientAndRemainder(dividingBy: max(rows.outputExtent, 1))
    // The slot of a line is its number less this, or once less the slots of the ring: its lines are no further apart.
    let first = n &* rows.inputExtent &+ max(rows.start(oy), 0)
    let base = inputRowCount == .max ? 0 : first &- first % inputRowCount
    var unit = units.lowerBound
    while unit < units.upperBound {
      let count = min(kernel.rowCount, units.upperBound &- unit)
      arguments.rows = count
      if kernel.rowCount == 1 {
        let taps = rows.taps(oy)
        (arguments.tap_row_begin, arguments.tap_row_end) = (taps.lowerBound, taps.upperBound)
      }
      var target = inputRows
      for _ in 0..<count {
        var line = rows.start(oy)
        for _ in 0..<rows.kernelExtent {
          if UInt(bitPattern: line) < UInt(bitPattern: rows.inputExtent) {
            var slot = n &* rows.inputExtent &+ line &- base
            if slot >= inputRowCount { slot &-= inputRowCount }
            target.pointee = input + slot &* rowByteCount
          } else {
            target.pointee = nil
          }
          target += 1
          line &+= rows.dilation
        }
        oy &+= 1
        if oy == rows.outputExtent { (n, oy) = (n &+ 1, 0) }
      }
      kernel.row(&arguments, output + unit &* columns.outputExtent &* geometry.outChannels)
      unit &+= count
    }
  }
}
