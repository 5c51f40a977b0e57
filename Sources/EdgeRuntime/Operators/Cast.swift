import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Numbers of one data type to another, see `Cast`.
  ///
  /// Input: x of any type. Output: of the declared type and x's shape. Codes are converted as numbers; scales are not looked at.
  static let cast = OperatorDefinition(
    "cast", inputs: 1...1, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.unaryOutput(node.outputs[0].dataType) },
    plan: { context throws(PlanError) in
      let kernel = Cast(from: try context.node.input(0, "x").dataType, to: context.node.outputs[0].dataType)
      let (x, y) = (context.inputs[0], context.outputs[0])
      return context.chunks { frame, elements in
        kernel(frame.read(x, as: UInt8.self), frame.write(y, as: UInt8.self), elements)
      }
    })
}
