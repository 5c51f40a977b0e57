import EdgeTensor
import Foundation

/// Every decision of one pruning, by names of the network's tensors. Carrying it out copies numbers, so that the same network and recipe
/// give the same file on every CPU.
public struct PruningRecipe: RecipeFile, Equatable, Sendable {
  /// Of the file's format.
  public static let currentVersion = 1
  public static let command = "edgequant prune"

  /// Parameters of one repaired layer: base64 of little-endian float32.
  public struct Layer: Codable, Equatable, Sendable {
    /// `[channelCount, depth]`, depth being kernel rows, columns, inputs.
    public var weights: String
    public var bias: String
  }

  public var version = PruningRecipe.currentVersion
  /// XXH64 of the source file in hexadecimal; empty means any.
  public var sourceHash = ""
  /// By tensor name: the channels that are kept, of those that lose some.
  public var channels: [String: [Int]] = [:]
  /// By name of the node's first output.
  public var layers: [String: Layer] = [:]
  /// nil if the network stays float32.
  public var quantization: QuantizationRecipe?

  init(original: Graph, pruned: Graph, _ before: ChannelUnits, _ after: ChannelUnits) {
    for (tensor, labels) in before.labels.enumerated() where labels.count != after.labels[tensor].count {
      let kept = Set(after.labels[tensor])
      channels[original.tensors[tensor].name] = labels.indices.filter { kept.contains(labels[$0]) }
    }
    for (index, node) in pruned.nodes.enumerated() where node.inputs != original.nodes[index].inputs {
      guard let weights = pruned.weights(of: index) else { continue }
      layers[original.recipeName(of: node)] = Layer(
        weights: PruningRecipe.text(weights.values), bias: PruningRecipe.text(weights.bias))
    }
  }

  fileprivate static func text(_ values: [Float]) -> String {
    Data(Graph.Tensor.bytes(of: values)).base64EncodedString()
  }

  /// - Throws: `badRecipe` if the text is not `count` finite numbers.
  fileprivate static func values(_ text: String, count: Int, layer: String) throws(QuantError) -> [Float] {
    guard let data = Data(base64Encoded: text), data.count == 4 * count else {
      throw .badRecipe("layer \"\(layer)\" is not base64 of \(count) numbers")
    }
    let values = [UInt8](data).withUnsafeBytes { bytes in
      (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    guard values.allSatisfy({ $0.isFinite }) else {
      throw .badRecipe("layer \"\(layer)\" has numbers that are not finite")
    }
    return values
  }
}

extension Graph {
  /// The network as a recipe has it.
  /// - Throws: `badRecipe` if the recipe does not fit.
  public func pruned(by recipe: PruningRecipe) throws(QuantError) -> Graph {
    var source = self
    source.makeNamesUnique()
    let units = ChannelUnits(source)
    let removable = Set(units.groups.joined())
    var removed = Set<Int>()
    for (tensor, labels) in units.labels.enumerated() {
      guard let kept = recipe.channels[source.tensors[tensor].name] else { continue }
      guard !kept.isEmpty, kept.allSatisfy(labels.indices.contains) else {
        throw .badRecipe("keeps channels that tensor \"\(source.tensors[tensor].name)\" does not have")
      }
      removed.formUnion(Set(labels).subtracting(kept.map { labels[$0] }))
    }
    guard removed.isSubset(of: removable) else { throw .badRecipe("removes channels that the network needs") }
    for labels in units.labels where !labels.isEmpty && labels.allSatisfy(removed.contains) {
      throw .badRecipe("leaves a tensor without channels")
    }
    var graph = source.removing(removed, units)
    for (name, layer) in recipe.layers.sorted(by: { $0.key < $1.key }) {
      guard let node = graph.nodes.firstIndex(where: { graph.recipeName(of: $0) == name }),
        let old = graph.weights(of: node)
      else { throw .badRecipe("has a layer \"\(name)\" that the network lacks") }
      graph.setWeights(
        node,
        LayerWeights(
          channelCount: old.channelCount, depth: old.depth,
          values: try PruningRecipe.values(layer.weights, count: old.values.count, layer: name),
          bias: try PruningRecipe.values(layer.bias, count: old.bias.count, layer: name)))
    }
    var report = Report()
    graph.run([.removeDeadCode], report: &report)
    return graph
  }
}
