import EdgeKernels
import EdgeTensor

extension OperatorDefinition {
  /// Element-wise sum with broadcasting: `y = act(a + b)`.
  ///
  /// Inputs: a, b, int8, float32, int32 or int64 alike. Output: their broadcast shape. Attribute `activation`.
  static let add = OperatorDefinition(
    "add", inputs: 2...2, sharing: .inPlace,
    outputTypes: { node throws(PlanError) in try node.broadcastOutput() },
    plan: { context throws(PlanError) in try context.addition(subtracts: false) })
}

extension PlanContext {
  /// The computation of `add` and `sub`.
  func addition(subtracts: Bool) throws(PlanError) -> Step {
    let activation = try node.activation()
    switch try node.input(0, "a").dataType {
    case .int8:
      let (a, b) = (try node.quantization(node.input(0, "a"), "a"), try node.quantization(node.input(1, "b"), "b"))
      let y = try node.quantization(node.outputs[0], "output")
      guard
        let kernel = AddS8(
          a: a, b: b, output: y, activation: activation, subtracts: subtracts)
      else { throw .badQuantization(operand: "output", reason: "scale too small for the sum of the inputs") }
      return try additionS8(kernel)
    case .float32:
      return try elementwise(subtracts ? .subtract : .add, activation)
    case .int32:
      return try elementwise(activation) { (a: Int32, b: Int32) in subtracts ? a &- b : a &+ b }
    case .int64:
      return try elementwise(activation) { (a: Int64, b: Int64) in subtracts ? a &- b : a &+ b }
    case let type:
      throw .unsupportedType(operand: "a", got: type, supported: "int8, float32, int32, int64")
    }
  }

  private func additionS8(_ kernel: AddS8) throws(PlanError) -> Step {
    let vector = KernelSet.addS8(for: cpu)
    let stage = AddStage(kernel: kernel, vector: vector, inputs: inputs, output: outputs[0])
    let isFusible = try node.input(0, "a").shape == node.input(1, "b").shape
    return try pairs(vector?.name ?? "", stage: isFusible ? .add(stage) : nil) { a, b, y, count in
      kernel.run(a, b, y, count: count, kernel: vector)
    }
  }
}
