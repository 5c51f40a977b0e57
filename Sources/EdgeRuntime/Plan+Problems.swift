import EdgeKernels
import EdgeModel

extension Plan {
  /// Everything that keeps a model from running, operator by operator, instead of the first problem only.
  public static func problems(in model: Model, registry: OperatorRegistry = .standard) -> [LoadError] {
    var problems: [LoadError] = []
    for (index, operation) in model.operators.enumerated() {
      do throws(PlanError) {
        guard let definition = registry[operation.name] else { throw .unknownOperator }
        let node = node(index, in: model)
        try definition.check(node)
        let nowhere = Operand(constant: nil, offset: 0)
        var context = PlanContext(
          node: node, inputs: operation.inputs.map { _ in nowhere }, outputs: operation.outputs.map { _ in nowhere },
          cpu: [], threads: 1, scratchOffset: 0)
        _ = try definition.plan(&context)
      } catch {
        problems.append(Plan.error(error, index, model))
      }
    }
    return problems
  }
}
