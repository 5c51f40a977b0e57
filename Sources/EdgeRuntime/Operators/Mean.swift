import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Mean along axes; whole numbers truncate towards zero.
  ///
  /// Inputs: x, int8, float32, int32 or int64; axes, constant int32. Output: x's shape without the axes or, with attribute `keep_dims`,
  /// with extent 1 there.
  static let mean = OperatorDefinition(
    "mean", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.reducedOutput() },
    plan: { context throws(PlanError) in
      let reduction = try context.node.reduction()
      guard try context.node.input(0, "x").dataType == .int8 else {
        return try context.sums(reduction, dividedBy: max(reduction.count, 1))  // the mean of nothing is 0
      }
      let kernel = try context.kernel(
        ReduceS8.mean(reduction, input: context.quantization(0, "x"), output: context.outputQuantization()))
      return context.reduce(reduction) { (x: UnsafePointer<Int8>, y, outputs) in kernel(x, y, outputs: outputs) }
    })
}
