import EdgeKernels
import EdgeModel

/// Whether weights are stored without their blocks of zeros, a block being 16 output channels by 4 bytes of depth.
public enum SparseStorage: String, Sendable, CaseIterable {
  /// Where that saves bytes and time.
  case auto
  case always
  case never

  /// Of 100 blocks, how many may be stored: with more, the dense kernels are as fast.
  static let maximumPercentage = 60

  func stores(_ storedCount: Int, of blockCount: Int) -> Bool {
    switch self {
    case .auto: 100 * storedCount <= SparseStorage.maximumPercentage * blockCount
    case .always: true
    case .never: false
    }
  }
}

extension Pass {
  /// Leaves out the blocks of zeros that pruning made in the weights of int8 convolutions and dense layers. Behind `lowerWeights`.
  static func storeSparse(_ storage: SparseStorage) -> Pass {
    Pass("store-sparse") { graph, report in
      var (tensorCount, stored, all) = (0, 0, 0)
      for index in graph.weightsThatMayBeSparse() {
        let tensor = graph.tensors[index]
        guard let shape = tensor.shape,
          let sparse = PackedWeights.sparse(tensor.values(as: Int8.self), outputs: shape[0])
        else { continue }
        let (storedCount, blockCount) = (sparse.blocks.groups.count, (tensor.data?.count ?? 0) / 64)
        guard storage.stores(storedCount, of: blockCount) else { continue }
        graph.tensors[index].layout = .o16k4Sparse
        graph.tensors[index].data = Graph.Tensor.bytes(of: sparse.weights)
        graph.tensors[index].sparse = sparse.blocks
        (tensorCount, stored, all) = (tensorCount + 1, stored + storedCount, all + blockCount)
      }
      guard tensorCount > 0 else { return }
      report.note(
        "weights of \(tensorCount) tensors are stored sparse: \(stored) of \(all) blocks of 16x4 are not zero")
    }
  }
}

extension Graph {
  /// Tensors in layout `o16k4` that nobody reads but convolutions, not grouped, and dense layers.
  fileprivate func weightsThatMayBeSparse() -> [Int] {
    var mayBe = tensors.map { $0.layout == .o16k4 && $0.data?.isEmpty == false }
    for output in outputs { mayBe[output] = false }
    for node in nodes {
      for (operand, input) in node.inputs.enumerated() {
        guard let input, mayBe[input] else { continue }
        let isRead = node.operatorName == "conv_2d" && !isGrouped(node) || node.operatorName == "fully_connected"
        mayBe[input] = isRead && operand == 1
      }
    }
    return mayBe.indices.filter { mayBe[$0] }
  }

  private func isGrouped(_ node: Node) -> Bool {
    guard let x = input(0, of: node)?.shape, let weights = input(1, of: node)?.shape else { return true }
    return x.dimensions.last != weights.dimensions.last
  }
}
