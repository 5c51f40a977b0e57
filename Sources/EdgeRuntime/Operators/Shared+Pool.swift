import EdgeKernels
import EdgeModel
import EdgeTensor

extension Node {
  /// Windows of a pool along height and width, from the attributes `filter_h`, `filter_w`, `stride_h`, `stride_w` and `padding`.
  private func poolAxes() throws(PlanError) -> (rows: WindowAxis, columns: WindowAxis) {
    let x = try input(0, "x")
    try require(x, rank: 4, "x", "4")
    let axes = try windowAxes(
      height: x.shape[1], width: x.shape[2], kernelHeight: attributes.int("filter_h") ?? 0,
      kernelWidth: attributes.int("filter_w") ?? 0)
    // Without dilation every window holds at least one element of the input, so that averages can divide.
    guard axes.rows.dilation == 1, axes.columns.dilation == 1 else {
      throw .badAttribute("dilation_h, dilation_w", reason: "pools have none")
    }
    return axes
  }

  /// The shape rule of pools.
  func poolOutput() throws(PlanError) -> [OutputType] {
    let x = try input(0, "x")
    let axes = try poolAxes()
    return [
      try OutputType(
        x.dataType, checking: [x.shape[0], axes.rows.outputExtent, axes.columns.outputExtent, x.shape[3]])
    ]
  }

  func poolWindows() throws(PlanError) -> PoolWindows {
    let shape = try input(0, "x").shape
    let axes = try poolAxes()
    return PoolWindows(batchCount: shape[0], rows: axes.rows, columns: axes.columns, channels: shape[3])
  }
}

extension PlanContext {
  /// The clamp of the fused activation in the output's codes.
  func activationClamp() throws(PlanError) -> ClampS8 {
    let activation = try node.activation()
    guard activation != .none else { return ClampS8() }
    let output = try outputQuantization()
    return activation.clampS8(scale: output.scale, zeroPoint: output.zeroPoint)
  }

  /// A step whose unit is one output row of a pool.
  func pool<T: BitwiseCopyable>(
    _ windows: PoolWindows, _ body: @escaping @Sendable (UnsafePointer<T>, UnsafeMutablePointer<T>, Range<Int>) -> Void
  ) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    return Step(unitCount: node.outputs[0].shape.elementCount == 0 ? 0 : windows.rowCount) { frame, rows in
      body(frame.read(x, as: T.self), frame.write(y, as: T.self), rows)
    }
  }
}
