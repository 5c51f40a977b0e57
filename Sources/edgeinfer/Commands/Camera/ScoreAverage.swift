import EdgeRuntime
import EdgeTensor

/// The mean of each class's score over the last frames.
struct ScoreAverage {
  private let scores: TopScores
  private let ranking: TopScores
  private let window: Int
  /// `[window, classes]`, and which row is the oldest.
  private var history: [Float] = []
  private var next = 0
  /// The means.
  private(set) var means: [Float]

  /// - Parameters:
  ///   - scores: how they are read from the model's output.
  ///   - window: frames, at least 1.
  ///   - top: classes that `pick` gives.
  init?(_ scores: TopScores, window: Int, top: Int) {
    let type = TensorType(.float32, Shape([scores.classCount]))
    guard let ranking = TopScores(type, count: top) else { return nil }
    (self.scores, self.ranking, self.window) = (scores, ranking, window)
    means = [Float](repeating: 0, count: scores.classCount)
  }

  /// Takes a frame's output.
  mutating func add(_ output: UnsafeRawBufferPointer) {
    let classes = scores.classCount
    if history.count < window * classes {
      history.append(contentsOf: [Float](repeating: 0, count: classes))
      next = history.count / classes - 1
    }
    scores.scores(output) { history[next * classes + $0] = $1 }
    next = (next + 1) % window
    let rows = history.count / classes
    for index in 0..<classes {
      var sum: Float = 0
      for row in 0..<rows { sum += history[row * classes + index] }
      means[index] = sum / Float(rows)
    }
  }

  /// The best classes by their means.
  func pick() -> [Ranked] { means.withUnsafeBytes { ranking.pick($0) } }
}
