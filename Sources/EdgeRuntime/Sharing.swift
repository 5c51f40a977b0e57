import EdgeModel
import EdgeTensor

/// What an operator allows the planner: which inputs and outputs may lie in the same memory.
///
/// It is a permission. Where lifetimes or other operators are in the way, the operands lie apart, and the step must compute the
/// same.
public enum Sharing: Sendable {
  case none
  /// The output is the first input's bytes under another shape.
  case view
  /// The output may be written over an input of as many bytes that nothing else reads: the step reads element i of it, if at all,
  /// before it writes element i of the output, however the elements are split among threads.
  case inPlace
  /// As the closure says, for operators that join or split tensors.
  case bytes(@Sendable (borrowing Node) throws(PlanError) -> [SharedBytes])
}

/// An operand whose bytes may be a stretch of another's.
public struct SharedBytes: Equatable {
  /// Operand numbers of the operator.
  public let input: Int
  public let output: Int
  /// Where the smaller begins in the larger, in bytes.
  public let offset: Int
  public let direction: Direction

  public enum Direction: Sendable {
    /// The input is a part of the output: it must die here.
    case inputInOutput
    /// The output is a window of the input, with the same contents: both may live on.
    case outputInInput
  }
}

extension Sharing {
  /// Pairs in the order of preference.
  func pairs(_ node: borrowing Node) throws(PlanError) -> [SharedBytes] {
    switch self {
    case .none: return []
    case .view: return [SharedBytes(input: 0, output: 0, offset: 0, direction: .outputInInput)]
    case .inPlace:
      let y = node.outputs[0]
      var pairs: [SharedBytes] = []
      for (index, input) in node.inputs.enumerated() {
        // As many elements as the output: not repeated by broadcasting.
        guard let input, input.byteCount == y.byteCount, input.shape.elementCount == y.shape.elementCount else {
          continue
        }
        pairs.append(SharedBytes(input: index, output: 0, offset: 0, direction: .inputInOutput))
      }
      return pairs
    case .bytes(let pairs): return try pairs(node)
    }
  }
}

extension Node {
  /// Inputs that lie one after the other in the output, if everything before `axis` of the output has extent 1.
  func joinedInputs(axis: Int) -> [SharedBytes] {
    guard outputs[0].shape.dimensions[..<axis].allSatisfy({ $0 == 1 }) else { return [] }
    var offset = 0
    return inputs.enumerated().map { index, input in
      defer { offset += input?.byteCount ?? 0 }
      return SharedBytes(input: index, output: 0, offset: offset, direction: .inputInOutput)
    }
  }

  /// Outputs that lie one after the other in an input, if everything before `axis` of it has extent 1.
  func splitOutputs(of input: Int, axis: Int) throws(PlanError) -> [SharedBytes] {
    guard try self.input(input, "x").shape.dimensions[..<axis].allSatisfy({ $0 == 1 }) else { return [] }
    var offset = 0
    return outputs.enumerated().map { index, output in
      defer { offset += output.byteCount }
      return SharedBytes(input: input, output: index, offset: offset, direction: .outputInInput)
    }
  }
}
