import EdgeKernels
import EdgeModel
import EdgeTensor

extension Node {
  /// The axes of a convolution or pool, from the attributes `padding`, `stride_h`, `stride_w`, `dilation_h` and `dilation_w`.
  func windowAxes(
    height: Int, width: Int, kernelHeight: Int, kernelWidth: Int
  ) throws(PlanError) -> (rows: WindowAxis, columns: WindowAxis) {
    let padding = try padding()
    guard
      let rows = WindowAxis(
        input: height, kernel: kernelHeight, stride: attributes.int("stride_h") ?? 1,
        dilation: attributes.int("dilation_h") ?? 1, padding: padding),
      let columns = WindowAxis(
        input: width, kernel: kernelWidth, stride: attributes.int("stride_w") ?? 1,
        dilation: attributes.int("dilation_w") ?? 1, padding: padding)
    else { throw .badValue(operand: "x", reason: "is smaller than the window, or a stride or dilation is below 1") }
    return (rows, columns)
  }

  /// The attribute `padding`.
  func padding() throws(PlanError) -> Padding {
    guard let name = attributes.text("padding"),
      let padding = Padding.allCases.first(where: { name.hasSameBytes(as: $0.name) })
    else { throw .badAttribute("padding", reason: "supported: same, valid") }
    return padding
  }

  func require(_ type: TensorType, rank: Int, _ operand: StaticString, _ expected: StaticString) throws(PlanError) {
    guard type.shape.rank == rank else { throw .rankMismatch(operand: operand, expected: expected, got: type.shape) }
  }

  /// Constant int8 weights in the layout the operator's kernels read, with the number of bytes that layout needs.
  func packed(_ index: Int, _ layout: Layout, byteCount: Int?) throws(PlanError) -> UnsafePointer<Int8> {
    try requirePacked(index, layout, byteCount: byteCount)
    guard let start = constants[index]?.baseAddress else { throw .notConstant(operand: "weights") }
    return start.assumingMemoryBound(to: Int8.self)
  }

  /// Requires such weights.
  func requirePacked(_ index: Int, _ layout: Layout, byteCount: Int?) throws(PlanError) {
    guard index < constants.count, let bytes = constants[index] else { throw .notConstant(operand: "weights") }
    guard layouts[index] == layout else {
      throw .badValue(operand: "weights", reason: "not in the layout of this operator")
    }
    guard let byteCount, bytes.count == byteCount else {
      throw .badValue(operand: "weights", reason: "number of bytes differs from the shape's")
    }
  }

  /// The per-channel constants that conversion made: int32 `[4, stride]`.
  /// - Parameter hasScales: whether the last two rows are multipliers and shifts.
  func channelTable(_ index: Int, outChannels: Int, hasScales: Bool) throws(PlanError) -> ChannelTable {
    let type = try input(index, "channels")
    let bytes = try constant(index, "channels")
    let stride = (outChannels + 15) / 16 * 16
    guard type.dataType == .int32, type.shape.dimensions == [4, stride], let start = bytes.baseAddress else {
      throw .badValue(operand: "channels", reason: "needs int32[4, output channels rounded up to 16]")
    }
    let table = ChannelTable(start, stride: stride)
    guard !hasScales || table.hasValidScales else {
      throw .badValue(operand: "channels", reason: "a multiplier or shift is out of range")
    }
    return table
  }

  /// Zero points and clamp of an int8 convolution.
  func convQuantization(_ x: TensorType) throws(PlanError) -> ConvQuantization {
    let (input, output) = (try quantization(x, "x"), try quantization(outputs[0], "output"))
    return ConvQuantization(
      inputZeroPoint: input.zeroPoint, weightZeroPoint: try weightZeroPoint(), outputZeroPoint: output.zeroPoint,
      clamp: try activation().clampS8(scale: output.scale, zeroPoint: output.zeroPoint))
  }

  /// The attributes `weight_zero_point` and `accumulator_bound`, checked. The bound, computed at conversion, keeps int32
  /// accumulators from wrapping.
  func weightZeroPoint() throws(PlanError) -> Int32 {
    guard let bound = attributes.int("accumulator_bound"), (0..<1 << 31).contains(bound) else {
      throw .badAttribute("accumulator_bound", reason: "missing, or sums would leave 32 bits")
    }
    let zeroPoint = attributes.int("weight_zero_point") ?? 0
    guard (-128...127).contains(zeroPoint) else { throw .badAttribute("weight_zero_point", reason: "outside int8") }
    return Int32(zeroPoint)
  }

  /// A float32 bias of one value for each output channel.
  func floatBias(_ index: Int, outChannels: Int) throws(PlanError) {
    let bias = try input(index, "bias")
    guard bias.dataType == .float32, bias.shape.elementCount == outChannels else {
      throw .shapeMismatch(operand: "bias", expected: Shape([outChannels]), got: bias.shape)
    }
  }
}
