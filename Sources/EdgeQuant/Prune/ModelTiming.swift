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

extension RunnableModel {
  /// Multiply-accumulates without those of zero blocks that are neither stored nor computed.
  public func effectiveMACs() throws(QuantError) -> Int {
    let plan: Plan
    do throws(LoadError) { plan = try Plan(model, fuses: false) } catch { throw .load(error) }
    var total = 0
    for (step, range) in plan.operatorRanges.enumerated() {
      let macs = plan.summary(step: step).multiplyAccumulateCount
      var (stored, all) = (1, 1)
      for operation in model.operators[range] {
        for case let input in operation.inputs where input >= 0 && model.tensors[input].layout == .o16k4Sparse {
          stored = (model.tensors[input].data?.count ?? 0) / 64
          all = model.denseBlockCount(input)
        }
      }
      total += macs / max(all, 1) * stored + macs % max(all, 1) * stored / max(all, 1)
    }
    return total
  }
}

extension Model {
  /// Blocks of weights in layout `o16k4` if none was left out.
  fileprivate func denseBlockCount(_ tensor: Int) -> Int {
    let shape = tensors[tensor].type.shape
    let (rows, rowDepth) = shape.rank == 4 ? (shape[1], shape[2] * shape[3]) : (1, shape[1])
    return (shape[0] + 15) / 16 * rows * ((rowDepth + 3) / 4)
  }
}
