import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Sum along axes.
  ///
  /// Inputs: x, int8, float32, int32 or int64; axes, constant int32. Output: x's shape without the axes or, with attribute `keep_dims`,
  /// with extent 1 there. Attribute `uint8_rule`: 1 rounds as for uint8, see `ReduceS8`; int8 else see `SumS8`.
  static let sum = OperatorDefinition(
    "sum", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.reducedOutput() },
    plan: { context throws(PlanError) in
      let reduction = try context.node.reduction()
      guard try context.node.input(0, "x").dataType == .int8 else { return try context.sums(reduction, dividedBy: 1) }
      let (input, output) = (try context.quantization(0, "x"), try context.outputQuantization())
      guard context.node.attributes.bool("uint8_rule") else {
        let kernel = SumS8(reduction, input: input, output: output)
        return context.reduce(reduction) { (x: UnsafePointer<Int8>, y, outputs) in kernel(x, y, outputs: outputs) }
      }
      let kernel = try context.kernel(ReduceS8.sum(reduction, input: input, output: output))
      return context.reduce(reduction) { (x: UnsafePointer<Int8>, y, outputs) in kernel(x, y, outputs: outputs) }
    })
}
