import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Pass {
  /// Gives every activation the shape that the runtime's own rule computes, and computes what then turns out to be constant.
  /// Source files may leave shapes out or keep stale ones, so what they say about outputs is not believed.
  static let inferShapes = Pass("infer-shapes") { graph, report in
    graph.filterNodes(&report) { graph, node throws(Refusal) in
      // A shape is unknown here only behind a node that was refused: nothing new to say.
      for case let input? in node.inputs where graph.tensors[input].shape == nil { return false }
      guard let definition = OperatorRegistry.standard[node.operatorName] else {
        if graph.fold(node) { return false }
        throw Refusal("this operator is not supported")
      }
      let shapes: [OutputType]
      switch graph.outputTypes(of: node, definition) {
      case .success(let types): shapes = types
      case .failure(let error): throw Refusal(error.description)
      }
      for (output, type) in zip(node.outputs, shapes) { graph.tensors[output].shape = type.shape }
      return !graph.fold(node)
    }
  }
}

extension Graph {
  /// - Precondition: the shapes of all inputs are known.
  func outputTypes(
    of node: Node, _ definition: OperatorDefinition
  ) -> Result<[OutputType], PlanError> {
    withConstants(of: node) { constants in
      let runtimeNode = EdgeRuntime.Node(
        inputs: node.inputs.map { $0.flatMap { tensors[$0].type } },
        outputs: node.outputs.map { tensors[$0].type ?? TensorType(tensors[$0].dataType, Shape([])) },
        attributes: node.attributes, constants: constants,
        layouts: node.inputs.map { $0.map { tensors[$0].layout } ?? .rowMajor })
      do throws(PlanError) {
        return .success(try definition.inferredOutputTypes(runtimeNode))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Calls `body` with the bytes of those inputs that are constants.
  private func withConstants<R>(
    of node: Node, _ collected: [UnsafeRawBufferPointer?] = [], _ body: ([UnsafeRawBufferPointer?]) -> R
  ) -> R {
    guard collected.count < node.inputs.count else { return body(collected) }
    guard let data = node.inputs[collected.count].flatMap({ tensors[$0].data }) else {
      return withConstants(of: node, collected + [nil], body)
    }
    return data.withUnsafeBytes { withConstants(of: node, collected + [$0], body) }
  }
}

extension Graph.Tensor {
  /// As the runtime sees it; nil while the shape is unknown.
  var type: TensorType? {
    shape.map { TensorType(dataType, $0, quantization: singleQuantization) }
  }
}
