import EdgeModel
import EdgeRuntime

/// How long two models take in this process, taking turns, so that what else the machine does meets both.
public struct ModelTiming: Sendable {
  /// Median milliseconds of one inference with one thread.
  public let milliseconds: [Double]

  /// - Parameter models: run on inputs of zeros; no operator's time depends on them.
  public init(_ models: [Model]) throws(QuantError) {
    var interpreters: [Interpreter] = []
    for model in models {
      do throws(LoadError) { interpreters.append(try Interpreter(Plan(model))) } catch { throw .load(error) }
    }
    var times = models.map { _ in [Duration]() }
    let clock = ContinuousClock()
    let start = clock.now
    // Ten rounds at least; then until a second has passed or the median is known well.
    while times[0].count < 10 || (times[0].count < 1000 && clock.now - start < .seconds(1)) {
      for (index, interpreter) in interpreters.enumerated() {
        let begin = clock.now
        do throws(InvokeError) { try interpreter.invoke() } catch { throw .invoke(error) }
        times[index].append(clock.now - begin)
      }
    }
    milliseconds = times.map { times in
      let median = times.sorted()[times.count / 2].components
      return Double(median.seconds) * 1e3 + Double(median.attoseconds) * 1e-15
    }
  }
}
