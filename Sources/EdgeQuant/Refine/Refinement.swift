import EdgeTensor
import Foundation

/// Repairs a changed network as a whole: gradient steps on all weights and biases bring its answers, and what additions or layers in between
/// give, back to the original's (nonlinear least squares; Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network",
/// 2015, without labels). Weights that are 0 stay 0.
///
/// The result depends on the samples, the settings and OpenBLAS's kernels, not on the number of threads.
public struct Refinement {
  public var settings = RefinementSettings()
  public var workers = Workers.all
  /// Called with the done part in 0...1.
  public var progress: (Double) -> Void = { _ in }

  public init() {}

  public struct Outcome {
    /// The repaired network, or the one given if held-out samples do not say that it is better.
    public var graph: Graph
    /// Squared differences of the answer to the original's, over the energy of the original's, on held-out samples.
    public var errorBefore: Double
    public var errorAfter: Double
    public var stepCount: Int

    public var isBetter: Bool { errorAfter < errorBefore }
  }

  /// - Parameters:
  ///   - graph: in source form; activations have the original's numbers.
  ///   - channels: by tensor that lost channels, the original's that are left.
  ///   - learning: what the network learns on.
  ///   - checking: what decides whether it is better.
  /// - Throws: `notDifferentiable` if an operator has no rule for gradients, `calibration` if the network's input is not one of float32.
  public func callAsFunction(
    _ graph: Graph, original: Graph, channels: [Int: [Int]], learning: CalibrationSet, checking: CalibrationSet
  ) throws(QuantError) -> Outcome {
    let run = try RefinementRun(self, graph, original, channels)
    let samples = try SampleStore(learning, original, workers)
    let checks = try SampleStore(checking, original, workers)
    let before = try run.answerError(checks)
    let steps = settings.steps(macs: graph.totalMacs + RefinementSettings.macsPerElement * run.present.elementCount)
    try run.learn(samples, steps: steps, progress: progress)
    let after = try run.answerError(checks)
    return Outcome(
      graph: after < before ? run.result(graph) : graph, errorBefore: before, errorAfter: after, stepCount: steps)
  }
}

extension Graph {
  fileprivate var totalMacs: Int { nodes.reduce(0) { $0 + (macs($1) ?? 0) } }
}
