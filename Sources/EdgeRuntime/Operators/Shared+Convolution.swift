import EdgeKernels
import EdgeModel
import EdgeTensor

extension Node {
  /// The axes of a convolution or pool, from the attributes `padding`, `pads`, `stride_h`, `stride_w`, `dilation_h` and
  /// `dilation_w`.
  func windowAxes(
    height: Int, width: Int, kernelHeight: Int, kernelWidth: Int
  ) throws(PlanError) -> (rows: WindowAxis, columns: WindowAxis) {
    let padding = try padding()
    guard
      let rows = WindowAxis(
        input: height, kernel: kernelHeight, stride: attributes.int("stride_h") ?? 1,
        dilation: attributes.int("dilation_h") ?? 1, padding: padding.rows),
      let columns = WindowAxis(
        input: width, kernel: kernelWidth, stride: attributes.int("stride_w") ?? 1,
        dilation: attributes.int("dilation_w") ?? 1, padding: padding.columns)
    else {
      throw .badValue(operand: "x", reason: "does not fit the window, or its stride, dilation or pads are out of range")
    }
    return (rows, columns)
  }

  /// The attribute `padding`: `same`, `valid`, or `explicit` beside `pads`, the positions added at top, left, bottom and right.
  private func padding() throws(PlanError) -> (rows: Padding, columns: Padding) {
    if let name = attributes.text("padding") {
      if name.hasSameBytes(as: Padding.same.name) { return (.same, .same) }
      if name.hasSameBytes(as: Padding.valid.name) { return (.valid, .valid) }
      if name.hasSameBytes(as: "explicit"), let pads = attributes.ints("pads"), pads.count == 4 {
        return (.explicit(before: pads[0], after: pads[2]), .explicit(before: pads[1], after: pads[3]))
      }
    }
    throw .badAttribute("padding", reason: "supported: same, valid, explicit with four pads")
  }

  /// x, NHWC, and weights (input 1) of a convolution.
  func convOperands(
    x index: Int, _ weightRank: StaticString
  ) throws(PlanError) -> (x: TensorType, weights: TensorType) {
    let x = try input(index, "x")
    try require(x, rank: 4, "x", "4 (NHWC)")
    return (x, try weights(weightRank, rank: 4, like: x))
  }

  /// Weights (input 1) of x's type.
  func weights(_ expected: StaticString, rank: Int, like x: TensorType) throws(PlanError) -> TensorType {
    let weights = try input(1, "weights")
    try require(weights, rank: rank, "weights", expected)
    guard weights.dataType == x.dataType else {
      throw .unsupportedType(operand: "weights", got: weights.dataType, supported: x.dataType.name)
    }
    return weights
  }

  /// Whether an operand is int8 rather than float32.
  /// - Throws: `unsupportedType` if it is neither.
  func isInt8(_ index: Int, _ operand: StaticString) throws(PlanError) -> Bool {
    switch try input(index, operand).dataType {
    case .int8: true
    case .float32: false
    case let type: throw .unsupportedType(operand: operand, got: type, supported: "int8, float32")
    }
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

extension ConvGeometry {
  /// Data type and shape of the output.
  func output(_ dataType: DataType) throws(PlanError) -> OutputType {
    try OutputType(dataType, checking: [batch, rows.outputExtent, columns.outputExtent, outChannels])
  }
}

extension PlanContext {
  /// A step of a naive int8 kernel, which is given x, weights, output and a range of output rows.
  func referenceStep(
    _ geometry: ConvGeometry,
    _ kernel:
      @escaping @Sendable (
        UnsafePointer<Int8>, UnsafePointer<Int8>, UnsafeMutablePointer<Int8>, Range<Int>
      ) -> Void
  ) -> Step {
    let (x, w, y) = (inputs[0], inputs[1], outputs[0])
    return Step(unitCount: geometry.outputRowCount, kernel: "reference", dotProducts: geometry.dotProducts) {
      frame, units in kernel(frame.read(x), frame.read(w), frame.write(y), units)
    }
  }

  /// A step of a float32 kernel, which is given x, weights, bias, output and a range of units.
  func floatStep(
    _ name: StaticString, unitCount: Int, dotProducts: (count: Int, length: Int),
    _ kernel:
      @escaping @Sendable (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Range<Int>
      ) -> Void
  ) -> Step {
    let (x, w, b, y) = (inputs[0], inputs[1], inputs[2], outputs[0])
    return Step(unitCount: unitCount, kernel: name, dotProducts: dotProducts) { frame, units in
      kernel(frame.read(x), frame.read(w), frame.read(b), frame.write(y), units)
    }
  }
}
