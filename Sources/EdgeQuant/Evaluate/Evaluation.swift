import EdgeTensor

/// What a model answered on data.
public struct Evaluation: Sendable {
  /// The answer to one sample.
  public struct Prediction: Equatable, Sendable {
    /// What it shows; nil if unknown.
    public let label: Int?
    /// Classes with the highest scores, the best first: five, or all if there are fewer.
    public let best: [Int]

    public init(label: Int?, best: [Int]) {
      self.label = label
      self.best = best
    }
  }

  /// Name of the data.
  public let path: String
  public let classCount: Int
  /// Names by class; empty if there are none.
  public let classNames: [String]
  /// By sample; nil for one that could not be used.
  public let predictions: [Prediction?]
  public let unreadable: UnreadableSamples

  /// How many of the best classes are kept.
  public static let bestCount = 5

  public init(
    path: String = "", classCount: Int, classNames: [String] = [], predictions: [Prediction?],
    unreadable: UnreadableSamples = UnreadableSamples()
  ) {
    self.path = path
    self.classCount = classCount
    self.classNames = classNames
    self.predictions = predictions
    self.unreadable = unreadable
  }

  public var evaluatedCount: Int { predictions.count { $0 != nil } }
  public var labelledCount: Int { predictions.count { $0?.label != nil } }

  /// The share of labelled samples whose class is the best one.
  public var top1: Proportion { top(1) }
  public var top5: Proportion { top(Evaluation.bestCount) }

  private func top(_ count: Int) -> Proportion {
    Proportion(
      predictions.count { prediction in
        guard let prediction, let label = prediction.label else { return false }
        return prediction.best.prefix(count).contains(label)
      }, of: labelledCount)
  }

  /// Labelled samples of one class.
  public struct ClassCounts: Equatable, Sendable {
    /// That show it.
    public internal(set) var samples = 0
    /// That the model took for it.
    public internal(set) var predicted = 0
    /// Both.
    public internal(set) var right = 0

    public var recall: Proportion { Proportion(right, of: samples) }
    public var precision: Proportion { Proportion(right, of: predicted) }
  }

  public var classes: [ClassCounts] {
    var classes = [ClassCounts](repeating: ClassCounts(), count: classCount)
    for case (let label, let best)? in labelled {
      classes[label].samples += 1
      classes[best].predicted += 1
      if label == best { classes[label].right += 1 }
    }
    return classes
  }

  /// Larger matrices are not made.
  public static let maximumMatrixSide = 4096

  /// Samples by class (rows) and answer (columns), row-major `[classCount, classCount]`; nil above `maximumMatrixSide`.
  public var confusion: [Int]? {
    guard classCount <= Evaluation.maximumMatrixSide else { return nil }
    var matrix = [Int](repeating: 0, count: classCount * classCount)
    for case (let label, let best)? in labelled { matrix[label * classCount + best] += 1 }
    return matrix
  }

  private var labelled: [(label: Int, best: Int)?] {
    predictions.map { prediction in
      guard let prediction, let label = prediction.label, let best = prediction.best.first else { return nil }
      return (label, best)
    }
  }

  /// The name of a class, or its number.
  public func name(_ index: Int) -> String {
    guard index < classNames.count, !classNames[index].isEmpty else { return "\(index)" }
    return classNames[index]
  }

  /// The share of samples for which both have the same best class, of those that both could use.
  /// - Precondition: both are about the same data.
  public func agreement(with other: Evaluation) -> Proportion {
    precondition(predictions.count == other.predictions.count, "evaluations of different data")
    let pairs = zip(predictions, other.predictions).filter { $0 != nil && $1 != nil }
    return Proportion(pairs.count { $0?.best.first == $1?.best.first }, of: pairs.count)
  }

  /// This one first.
  /// - Precondition: both are about the same data.
  public func paired(with other: Evaluation) -> PairedProportions {
    precondition(predictions.count == other.predictions.count, "evaluations of different data")
    var counts = [0, 0, 0, 0]
    for case (let first?, let second?) in zip(predictions, other.predictions) {
      guard let label = first.label else { continue }
      counts[(first.best.first == label ? 0 : 2) + (second.best.first == label ? 0 : 1)] += 1
    }
    return PairedProportions(
      bothRight: counts[0], onlyFirstRight: counts[1], onlySecondRight: counts[2], bothWrong: counts[3])
  }
}
