import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Largest value under windows: `y = act(max of x under the window)`. Padding takes no part.
  ///
  /// Input: x `[batch, height, width, channels]`, int8 or float32; int8 compares the codes and looks at no scale. Output: the same with
  /// the windows' extents. Attributes `filter_h`, `filter_w`, `stride_h`, `stride_w`, `padding`, `pads`, `activation`.
  static let maxPool2D = OperatorDefinition(
    "max_pool_2d", inputs: 1...1,
    outputTypes: { node throws(PlanError) in try node.poolOutput() },
    plan: { context throws(PlanError) in
      let windows = try context.node.poolWindows()
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let kernel = MaxPoolS8(
          windows: windows, clamp: try context.activationClamp(), kernel: KernelSet.maxPoolS8(for: context.cpu))
        return context.pool(windows) { (x: UnsafePointer<Int8>, y, rows) in kernel(x, y, rows: rows) }
      case .float32:
        let kernel = PoolF32(windows: windows, activation: try context.node.activation())
        return context.pool(windows) { (x: UnsafePointer<Float>, y, rows) in kernel.maximum(x, y, rows: rows) }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })
}
