import EdgeTensor
import Foundation

/// Makes a float network smaller without training it again: removes channels, or blocks of weights that the sparse kernels skip, and
/// repairs what remains on calibration data. All decisions end in a recipe.
public struct Pruner {
  /// What to remove.
  public enum Goal: Equatable, Sendable {
    /// Channels, until this part of the multiply-accumulates is left.
    case macs(Double)
    /// Blocks of weights, until this part of them is zero.
    case sparsity(Double)
  }

  public var workers = Workers.all
  /// How what remains learns the original's answers.
  public var settings = Pruner.defaultSettings
  /// Called as work goes on, with its name and the done part in 0...1.
  public var progress: @Sendable (String, Double) -> Void = { _, _ in }

  public init() {}

  /// On ResNet8 with three quarters of its products, 700 orthogonal steps of 64 samples left the answer 16.7 dB above what changed in it,
  /// as many of Adam's, at a rate of 0.015, 15.8 dB.
  private static var defaultSettings: RefinementSettings {
    var settings = RefinementSettings()
    (settings.isOrthogonal, settings.learningRate) = (true, 0.007)
    return settings
  }

  /// A pruned network and what led to it.
  public struct Decision {
    /// In source form.
    public var graph: Graph
    public var recipe: PruningRecipe
    /// Signal-to-noise ratio, in decibels, of the pruned float network's answer on samples that repairs did not see.
    public var sqnr = Double.infinity
    public var notes: [String] = []
  }

  /// - Parameters:
  ///   - source: a float network in source form.
  ///   - set: at least one sample.
  ///   - goals: carried out in order, each on what the one before left.
  /// - Throws: `pruning` if the network does not allow so much.
  public func decide(_ source: Graph, _ set: CalibrationSet, _ goals: [Goal]) throws(QuantError) -> Decision {
    var graph = source
    graph.makeNamesUnique()
    guard graph.nodes.indices.contains(where: { graph.weights(of: $0) != nil }) else {
      throw .pruning(
        "the network has no float layer to prune; give the float model, since a quantized one cannot be repaired")
    }
    progress("measuring the network", 0)
    var stage = try PruningStage(graph, set, workers)
    var notes: [String] = []
    for goal in goals {
      do throws(QuantError) {
        stage = try refined(stage, goal)
      } catch {
        guard case .notDifferentiable = error else { throw error }
        notes.append("layers are repaired one by one, which keeps less accuracy: \(error)")
        stage = try repaired(stage, goal)
      }
    }
    progress("pruning", 1)
    let error = try stage.drift(stage.graph)
    let recipe = PruningRecipe(original: graph, pruned: stage.graph, ChannelUnits(graph), stage.units)
    // As replaying the recipe has it, down to the names of tensors.
    return Decision(
      graph: try source.pruned(by: recipe), recipe: recipe, sqnr: error > 0 ? -10 * log10(error) : .infinity,
      notes: notes)
  }

  private func refined(_ stage: PruningStage, _ goal: Goal) throws(QuantError) -> PruningStage {
    let progress = progress
    var pruning = RefinedPruning(stage, settings) { progress("pruning", $0) }
    switch goal {
    case .macs(let part): try pruning.removeChannels(to: part)
    case .sparsity(let part): try pruning.removeBlocks(to: part)
    }
    return pruning.stage
  }

  /// The same for networks whose gradients are not known: least squares, layer by layer.
  private func repaired(_ stage: PruningStage, _ goal: Goal) throws(QuantError) -> PruningStage {
    switch goal {
    case .macs(let part):
      var pruning = try ChannelPruning(stage)
      try pruning.reduce(to: part) { progress("removing channels", 0.8 * $0) }
      var stage = pruning.stage
      try stage.repair { progress("repairing layers", 0.8 + 0.2 * $0) }
      return stage
    case .sparsity(let part):
      var pruning = BlockPruning(stage: stage)
      try pruning.reduce(to: part) { progress("thinning out weights", $0) }
      return pruning.stage
    }
  }

  /// Parts of the multiply-accumulates that `decide(_:_:maximumDrop:drop:)` tries.
  private static let searchedParts = (1...16).map { 1 - 0.05 * Double($0) }

  /// Removes as many channels as an accuracy budget allows.
  /// - Parameters:
  ///   - maximumDrop: what `drop` may be.
  ///   - drop: what the finished form of a pruned network loses.
  /// - Throws: `pruning` if even the least that is tried loses too much.
  public func decide(
    _ source: Graph, _ set: CalibrationSet, maximumDrop: Double, drop: (Graph) throws(QuantError) -> Double
  ) throws(QuantError) -> Decision {
    var (low, high) = (0, Pruner.searchedParts.count)
    var best: Decision?
    while low < high {
      let middle = (low + high) / 2
      do throws(QuantError) {
        let decision = try decide(source, set, [.macs(Pruner.searchedParts[middle])])
        guard try drop(decision.graph) <= maximumDrop else {
          high = middle
          continue
        }
        best = decision
        low = middle + 1
      } catch {
        guard case .pruning = error else { throw error }
        high = middle
      }
    }
    guard let best else {
      throw .pruning(
        "even 95 % of the multiply-accumulates lose more than \(maximumDrop) points; the network has little to spare")
    }
    return best
  }
}
