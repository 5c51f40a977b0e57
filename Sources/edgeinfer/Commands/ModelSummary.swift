import EdgeModel
import EdgeTensor

/// Figures about a model that the text and the JSON of `info` share.
struct ModelSummary {
  struct Kind {
    let name: String
    var count: Int
  }

  /// Operators by kind, most frequent first.
  private(set) var kinds: [Kind] = []
  private(set) var constantCount = 0
  /// Bytes of all constants as they lie in the file.
  private(set) var constantByteCount = 0
  private(set) var sparseCount = 0
  /// Of all sparse constants: blocks of 16 output channels by 4 bytes of depth that are not zero, and blocks there would be.
  private(set) var sparseBlocks = (stored: 0, all: 0)

  init(_ model: Model) {
    for operation in model.operators {
      if let index = kinds.firstIndex(where: { $0.name.utf8.elementsEqual(operation.name.utf8) }) {
        kinds[index].count += 1
      } else {
        kinds.append(Kind(name: operation.name, count: 1))
      }
    }
    // Stable: equal counts stay in the order of first use.
    kinds = kinds.stablyOrdered { $0.count > $1.count }
    for tensor in model.tensors {
      guard let data = tensor.data else { continue }
      constantCount += 1
      constantByteCount += data.count
      guard let (stored, all) = ModelSummary.blocks(of: tensor) else { continue }
      sparseCount += 1
      sparseBlocks = (sparseBlocks.stored + stored, sparseBlocks.all + all)
    }
  }

  /// Blocks of sparse weights that are stored, and that there would be; nil for other tensors.
  static func blocks(of tensor: Model.Tensor) -> (stored: Int, all: Int)? {
    guard let sparse = tensor.sparse, let extents = SparseBlocks.extents(tensor.type.shape) else { return nil }
    return (sparse.groups.count, extents.channelBlocks * extents.groups)
  }

  /// Bytes of an operator's constants.
  static func weightByteCount(_ operation: Model.Operator, _ model: Model) -> Int {
    operation.inputs.reduce(0) { $0 + ($1 >= 0 ? model.tensors[$1].data?.count ?? 0 : 0) }
  }
}
