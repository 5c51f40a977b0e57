import EdgeModel
import EdgeTensor

/// One operator's output that can be compared: float32, or quantized.
struct ComparableLayer {
  let operatorIndex: Int
  let tensor: Int
  let name: String
  /// Those above 1.
  let extents: [Int]
  /// The operator's kind with its activation, also where that is an operator of its own.
  let kind: String

  static func all(of model: Model) -> [ComparableLayer] {
    var kinds: [Int: String] = [:]
    var layers: [ComparableLayer] = []
    for (index, operation) in model.operators.enumerated() {
      guard let tensor = operation.outputs.first else { continue }
      let kind = kind(of: index, in: model, kinds)
      kinds[tensor] = kind
      let type = model.tensors[tensor].type
      let isCode = (type.dataType == .int8 || type.dataType == .uint8) && type.quantization != nil
      guard type.dataType == .float32 || isCode, type.shape.elementCount > 0 else { continue }
      layers.append(
        ComparableLayer(
          operatorIndex: index, tensor: tensor, name: model.tensorName(tensor),
          extents: type.shape.dimensions.filter { $0 != 1 }, kind: kind))
    }
    return layers
  }

  private static let activations = ["relu", "relu6", "relu_n1_to_1"]

  private static func kind(of index: Int, in model: Model, _ kinds: [Int: String]) -> String {
    let operation = model.operators[index]
    if activations.contains(operation.name), let input = operation.inputs.first, let before = kinds[input],
      before.hasSuffix("+")
    {
      return before + operation.name
    }
    let activation = model.attributes(index).text("activation") ?? ""
    return operation.name + "+" + (activation == "none" ? "" : activation)
  }
}

/// Finds the layers of two models that compute the same thing.
enum LayerMatching {
  /// Pairs in the order of both models: as many as possible with the same name, and then as many as possible with the same kind. Partners
  /// have the same shape, but for axes of 1.
  static func pairs(_ first: Model, _ second: Model) -> [(ComparableLayer, ComparableLayer)] {
    let (a, b) = (ComparableLayer.all(of: first), ComparableLayer.all(of: second))
    func gain(_ i: Int, _ j: Int) -> Int {
      guard a[i].extents == b[j].extents else { return 0 }
      return (!a[i].name.isEmpty && a[i].name == b[j].name ? nameGain : 0) + (a[i].kind == b[j].kind ? 1 : 0)
    }
    // best[i][j]: the most that layers from a[i] and b[j] on can gain.
    let width = b.count + 1
    guard a.count * b.count <= maximumPairCount else { return [] }
    var best = [Int](repeating: 0, count: (a.count + 1) * width)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        let both = gain(i, j)
        best[i * width + j] = max(
          best[(i + 1) * width + j], best[i * width + j + 1], both > 0 ? both + best[(i + 1) * width + j + 1] : 0)
      }
    }
    var pairs: [(ComparableLayer, ComparableLayer)] = []
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      let both = gain(i, j)
      if both > 0, best[i * width + j] == both + best[(i + 1) * width + j + 1] {
        pairs.append((a[i], b[j]))
        (i, j) = (i + 1, j + 1)
      } else if best[i * width + j] == best[(i + 1) * width + j] {
        i += 1
      } else {
        j += 1
      }
    }
    return pairs
  }

  /// A name counts for more than any number of kinds.
  private static let nameGain = 1 << 20
  /// Of layers of the one with layers of the other: 4096 of each.
  private static let maximumPairCount = 1 << 24
}
