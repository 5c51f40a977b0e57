import EdgeModel
import EdgeRuntime

extension RunnableModel {
  public struct Cost: Sendable {
    public let fileByteCount: Int
    /// Those computed: without those of blocks of zeros that are not stored.
    public let multiplyAccumulateCount: Int
    /// Of the arena, with one thread.
    public let peakByteCount: Int
  }

  /// What running it costs.
  public func cost() throws(QuantError) -> Cost {
    do throws(LoadError) {
      return Cost(
        fileByteCount: fileByteCount, multiplyAccumulateCount: multiplyAccumulates(try Plan(model, fuses: false)),
        peakByteCount: try Plan(model).memory.peak)
    } catch {
      throw .load(error)
    }
  }

  private func multiplyAccumulates(_ plan: Plan) -> Int {
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
