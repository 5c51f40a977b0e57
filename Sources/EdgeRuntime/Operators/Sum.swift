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
      switch try context.node.input(0, "x").dataType {
      case .int8:
        let (input, output) = (try context.quantization(0, "x"), try context.outputQuantization())
        if context.node.attributes.bool("uint8_rule") {
          let kernel = try context.kernel(ReduceS8.sum(reduction, input: input, output: output))
          return context.reduce(reduction) { (x: UnsafePointer<Int8>, y, outputs) in kernel(x, y, outputs: outputs) }
        }
        let kernel = SumS8(reduction, input: input, output: output)
        return context.reduce(reduction) { (x: UnsafePointer<Int8>, y, outputs) in kernel(x, y, outputs: outputs) }
      case .float32:
        return context.reduce(reduction) { (x: UnsafePointer<Float>, y, outputs) in
          reduction.sum(x, y, outputs: outputs)
        }
      case .int32:
        return context.reduce(reduction) { (x: UnsafePointer<Int32>, y, outputs) in
          reduction.sum(x, y, outputs: outputs)
        }
      case .int64:
        return context.reduce(reduction) { (x: UnsafePointer<Int64>, y, outputs) in
          reduction.sum(x, y, outputs: outputs)
        }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32, int32, int64")
      }
    })
}
