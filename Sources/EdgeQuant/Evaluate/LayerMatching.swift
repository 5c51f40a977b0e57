import EdgeModel
import EdgeTensor

/// One operator's output that can be compared: float32, or quantized.
struct ComparableLayer {
  let operatorIndex: Int
  let tensor: Int
  let name: String
  /// Those above 1.
  let extents: [Int]
  /// The operator's kind and the shape of its weights. An activation has the kind of the operator before it.
  let kind: String

  /// Activations may be attributes, operators of their own, or where the range of codes ends. So what an activation alone reads is left out:
  /// its output stands for both.
  static func all(of model: Model) -> [ComparableLayer] {
    var useCounts = [Int](repeating: 0, count: model.tensors.count)
    for operation in model.operators { for input in operation.inputs where input >= 0 { useCounts[input] += 1 } }
    for output in model.outputs { useCounts[output] += 1 }

    var kinds: [Int: String] = [:]
    /// Tensors that only an activation reads.
    var hidden: Set<Int> = []
    for operation in model.operators where isActivation(operation, in: model) {
      if useCounts[operation.inputs[0]] == 1 { hidden.insert(operation.inputs[0]) }
    }
    var layers: [ComparableLayer] = []
    for (index, operation) in model.operators.enumerated() {
      guard let tensor = operation.outputs.first else { continue }
      let before = isActivation(operation, in: model) ? kinds[operation.inputs[0]] : nil
      let kind = before ?? kind(of: operation, in: model)
      kinds[tensor] = kind
      let type = model.tensors[tensor].type
      let isCode = (type.dataType == .int8 || type.dataType == .uint8) && type.quantization != nil
      guard type.dataType == .float32 || isCode, type.shape.elementCount > 0, !hidden.contains(tensor) else {
        continue
      }
      layers.append(
        ComparableLayer(
          operatorIndex: index, tensor: tensor, name: model.tensorName(tensor),
          extents: type.shape.dimensions.filter { $0 != 1 }, kind: kind))
    }
    return layers
  }

  /// Whether an operator cuts numbers off at constants.
  private static func isActivation(_ operation: Model.Operator, in model: Model) -> Bool {
    guard operation.inputs.allSatisfy({ $0 >= 0 }) else { return false }
    switch operation.name {
    case "relu", "relu6", "relu_n1_to_1", "relu_0_to_1": return operation.inputs.count == 1
    case "maximum", "minimum":
      return operation.inputs.count == 2 && model.tensors[operation.inputs[1]].type.shape.elementCount == 1
        && model.constant(operation.inputs[1]) != nil
    default: return false
    }
  }

  private static func kind(of operation: Model.Operator, in model: Model) -> String {
    guard operation.inputs.count > 1, operation.inputs[1] >= 0, model.constant(operation.inputs[1]) != nil else {
      return operation.name
    }
    let shape = model.tensors[operation.inputs[1]].type.shape
    return shape.rank > 1 ? "\(operation.name) \(shape)" : operation.name
  }
}

/// Finds the layers of two models that compute the same thing.
enum LayerMatching {
  /// Pairs in the first model's order. Partners have the same shape, but for axes of 1.
  ///
  /// First as many as possible with the same name, and then as many as possible of the same kind, in the order of both models; then those
  /// left over that are as many of their kind and shape in both models, since branches may be written in any order.
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
    var partners = [Int?](repeating: nil, count: a.count)
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      let both = gain(i, j)
      if both > 0, best[i * width + j] == both + best[(i + 1) * width + j + 1] {
        partners[i] = j
        (i, j) = (i + 1, j + 1)
      } else if best[i * width + j] == best[(i + 1) * width + j] {
        i += 1
      } else {
        j += 1
      }
    }
    matchBranches(a, b, &partners)
    return a.indices.compactMap { index in partners[index].map { (a[index], b[$0]) } }
  }

  private static func matchBranches(_ a: [ComparableLayer], _ b: [ComparableLayer], _ partners: inout [Int?]) {
    func group(_ layers: [ComparableLayer], _ indices: some Sequence<Int>) -> [String: [Int]] {
      Dictionary(grouping: indices) { "\(layers[$0].kind) \(layers[$0].extents)" }
    }
    let taken = Set(partners.compactMap { $0 })
    let rest = group(b, b.indices.filter { !taken.contains($0) })
    for (kind, indices) in group(a, a.indices.filter { partners[$0] == nil }) {
      guard let others = rest[kind], others.count == indices.count else { continue }
      for (index, other) in zip(indices, others) { partners[index] = other }
    }
  }

  /// A name counts for more than any number of kinds.
  private static let nameGain = 1 << 20
  /// Of layers of the one with layers of the other: 4096 of each.
  private static let maximumPairCount = 1 << 24
}
