import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Told how many samples of how many are done, by any thread.
public typealias ProgressHandler = @Sendable (_ done: Int, _ total: Int) -> Void

/// Runs a model over data.
public struct Evaluator: Sendable {
  public let runnable: RunnableModel
  public let classCount: Int
  private let plan: Plan

  /// - Throws: `data` if the model's first output is not one row of scores.
  public init(_ runnable: RunnableModel) throws(QuantError) {
    let model = runnable.model
    guard let classCount = runnable.classCount, classCount > 1 else {
      let output = model.outputs.first.map { model.tensors[$0].type.description }
      throw .data(
        .model(
          reason: "\(runnable.name): its output, \(output ?? "none"), is not one row of scores, so it does not choose "
            + "among classes"))
    }
    self.runnable = runnable
    self.classCount = classCount
    do throws(LoadError) { plan = try Plan(model) } catch { throw .load(error) }
  }

  /// Answers for every sample. The result does not depend on how many workers there are.
  /// - Throws: `data` if labels and outputs do not agree, or not one sample can be used.
  public func evaluate(
    _ data: Dataset, workers: Workers = .all, report: inout Report, progress: ProgressHandler? = nil
  ) throws(QuantError) -> Evaluation {
    let matched: Dataset
    do throws(DataError) {
      matched = try data.matched(labels: runnable.labels, classCount: classCount, report: &report)
    } catch {
      throw .data(error)
    }
    let workers = Workers(min(workers.count, max(data.count, 1)))
    var runners: [Runner] = []
    for _ in 0..<workers.count { runners.append(try Runner(plan, try runnable.encoder(), classCount)) }
    let counter = ProgressCounter(total: data.count, progress)
    let results = try workers.map(matched.count) { worker, index throws(QuantError) in
      defer { counter.count() }
      return runners[worker].answer(matched, index)
    }
    var unreadable = UnreadableSamples()
    var predictions: [Evaluation.Prediction?] = []
    predictions.reserveCapacity(results.count)
    for result in results {
      switch result {
      case .success(let prediction): predictions.append(prediction)
      case .failure(let error):
        unreadable.add(error)
        predictions.append(nil)
      }
    }
    do throws(DataError) {
      try unreadable.note(of: data.count, path: data.path, in: &report)
    } catch {
      throw .data(error)
    }
    return Evaluation(
      path: data.path, classCount: classCount, classNames: matched.classNames, predictions: predictions,
      unreadable: unreadable)
  }

  /// What one thread needs.
  private final class Runner {
    private let interpreter: Interpreter
    private let encoder: InputEncoder
    private let scores: TopScores

    init(_ plan: Plan, _ encoder: InputEncoder, _ classCount: Int) throws(QuantError) {
      do throws(LoadError) { interpreter = try Interpreter(plan) } catch { throw .load(error) }
      self.encoder = encoder
      guard let scores = TopScores(interpreter.outputType(0), count: Evaluation.bestCount) else {
        preconditionFailure("checked by init")
      }
      self.scores = scores
    }

    func answer(_ data: Dataset, _ index: Int) -> Result<Evaluation.Prediction, DataError> {
      do throws(DataError) {
        let sample = try data.sample(index)
        try encoder.write(sample, into: interpreter.input(0))
        do throws(InvokeError) {
          try interpreter.invoke()
        } catch {
          throw .sample(name: sample.name, reason: error.description)
        }
        let best = scores.pick(interpreter.output(0)).map { $0.index }
        return .success(Evaluation.Prediction(label: sample.label, best: best))
      } catch {
        return .failure(error)
      }
    }
  }
}
