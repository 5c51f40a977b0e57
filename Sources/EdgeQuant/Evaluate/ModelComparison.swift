/// Two models on the same data: what they cost, what they answer, and where their numbers part.
public struct ModelComparison: Sendable {
  /// One of the two.
  public struct Side: Sendable {
    public let name: String
    public let cost: RunnableModel.Cost
    /// nil if the model does not choose among classes.
    public let evaluation: Evaluation?
  }

  public let path: String
  public let sampleCount: Int
  public let first: Side
  public let second: Side
  public let layers: LayerComparison

  /// - Parameters:
  ///   - first: counts as right.
  ///   - layerSamples: layers are compared on at most so many samples.
  public init(
    _ first: RunnableModel, _ second: RunnableModel, data: Dataset, layerSamples: Int, workers: Workers = .all,
    report: inout Report, progress: ProgressHandler? = nil
  ) throws(QuantError) {
    let subset = data.subset(layerSamples)
    let total = 2 * data.count + subset.count
    func stage(from start: Int) -> ProgressHandler { { done, _ in progress?(start + done, total) } }
    // Each run meets the same data, and would say the same about them.
    var again = Report()
    layers = try LayerComparison(
      first, second, data: subset, workers: workers, report: &again, progress: stage(from: 0))
    self.first = try ModelComparison.side(first, data, workers, &report, stage(from: subset.count))
    self.second = try ModelComparison.side(second, data, workers, &again, stage(from: subset.count + data.count))
    if self.first.evaluation == nil { for note in again.notes { report.note(note) } }
    path = data.path
    sampleCount = data.count
  }

  private static func side(
    _ model: RunnableModel, _ data: Dataset, _ workers: Workers, _ report: inout Report,
    _ progress: @escaping ProgressHandler
  ) throws(QuantError) -> Side {
    let evaluation =
      model.isClassifier
      ? try Evaluator(model).evaluate(data, workers: workers, report: &report, progress: progress) : nil
    return Side(name: model.name, cost: try model.cost(), evaluation: evaluation)
  }

  /// The share of samples with the same best class; nil if the models do not choose among the same number of classes.
  public var agreement: Proportion? {
    guard let (first, second) = evaluations else { return nil }
    return first.agreement(with: second)
  }

  /// On labelled samples; nil if there are none.
  public var paired: PairedProportions? {
    guard let (first, second) = evaluations, first.labelledCount > 0 else { return nil }
    return first.paired(with: second)
  }

  private var evaluations: (Evaluation, Evaluation)? {
    guard let first = first.evaluation, let second = second.evaluation, first.classCount == second.classCount else {
      return nil
    }
    return (first, second)
  }
}
