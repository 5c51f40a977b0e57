import EdgeKernels
import EdgeModel
import EdgeTensor

/// A model made ready to run: every shape checked, every constant derived, every buffer placed. Immutable, so any number of
/// interpreters can share it.
public final class Plan: Sendable {
  /// The model it was made from.
  public let model: Model
  /// In `1...maximumThreadCount`.
  public let threads: Int
  /// What the kernels that were chosen may use.
  public let cpu: CPUFeatures
  /// Where every buffer lies; `memory.peak` is the size of the arena in bytes.
  public let memory: Model.MemoryPlan
  /// No plan of this model can need fewer bytes, and the operator at which that many are alive.
  public let lowerBound: (byteCount: Int, step: Int)
  let steps: [Step]
  let liveness: Liveness
  /// Bytes of each step's scratch memory, for all workers.
  let scratchByteCounts: [Int]

  /// More threads, and operators that want more bytes of scratch memory, are refused.
  public static let maximumThreadCount = 1024
  static let maximumScratchByteCount = 1 << 40

  /// Checks and plans `model`.
  ///
  /// The memory plan stored for this thread count is verified and used; where the file has none, one is made.
  /// - Parameter threads: in `1...maximumThreadCount`; output bytes do not depend on it.
  /// - Throws: `.operation` for the first operator that cannot be planned, `.badMemoryPlan` for a stored plan that does not fit,
  ///   `.tooManyThreads`, `.outOfMemory`.
  public init(
    _ model: Model, threads: Int = 1, cpu: CPUFeatures = .detected, registry: OperatorRegistry = .standard
  ) throws(LoadError) {
    precondition(threads >= 1, "a plan needs at least one thread")
    guard threads <= Plan.maximumThreadCount else { throw .tooManyThreads(threads) }
    var definitions: [OperatorDefinition] = []
    var nodes: [Node] = []
    for (index, operation) in model.operators.enumerated() {
      let node = Plan.node(operation, in: model)
      guard let definition = registry[operation.name] else { throw Plan.error(.unknownOperator, index, operation) }
      do { try definition.check(node) } catch { throw Plan.error(error, index, operation) }
      definitions.append(definition)
      nodes.append(node)
    }

    /// Plans every step against one memory plan.
    func steps(_ memory: Model.MemoryPlan?) throws(LoadError) -> (steps: [Step], scratch: [Int]) {
      var steps: [Step] = []
      var scratch: [Int] = []
      for (index, operation) in model.operators.enumerated() {
        func operand(_ tensor: Int) -> Operand {
          guard tensor >= 0 else { return Operand(constant: nil, offset: 0) }
          return Operand(constant: model.constant(tensor)?.baseAddress, offset: memory?.tensorOffsets[tensor] ?? 0)
        }
        var context = PlanContext(
          node: nodes[index], inputs: operation.inputs.map(operand), outputs: operation.outputs.map(operand), cpu: cpu,
          threads: threads, scratchOffset: memory?.scratchOffsets[index] ?? 0)
        do { steps.append(try definitions[index].plan(&context)) } catch { throw Plan.error(error, index, operation) }
        guard context.scratchByteCount <= Plan.maximumScratchByteCount else {
          throw .outOfMemory(byteCount: context.scratchByteCount)
        }
        scratch.append(context.scratchByteCount)
      }
      return (steps, scratch)
    }

    let liveness = Liveness(model, isView: definitions.map { $0.isView })
    let stored = model.plans.first { $0.threads == threads && !$0.fused }
    // Scratch sizes are known only after planning, and planning needs offsets: without a stored plan it runs twice.
    let trial = try steps(stored)
    let memory = stored ?? MemoryPlanner.plan(liveness, scratch: trial.scratch, threads: threads)
    if stored != nil { try MemoryPlanner.check(memory, liveness, scratch: trial.scratch) }

    self.steps = stored == nil ? try steps(memory).steps : trial.steps
    self.memory = memory
    self.liveness = liveness
    scratchByteCounts = trial.scratch
    lowerBound = liveness.lowerBound(stepCount: model.operators.count, scratch: trial.scratch)
    self.model = model
    self.threads = threads
    self.cpu = cpu
  }

  static func node(_ operation: Model.Operator, in model: Model) -> Node {
    Node(
      inputs: operation.inputs.map { $0 < 0 ? nil : model.tensors[$0].type },
      outputs: operation.outputs.map { model.tensors[$0].type },
      attributes: operation.attributes,
      constants: operation.inputs.map { $0 < 0 ? nil : model.constant($0) },
      layouts: operation.inputs.map { $0 < 0 ? .rowMajor : model.tensors[$0].layout })
  }

  static func error(_ error: PlanError, _ index: Int, _ operation: Model.Operator) -> LoadError {
    .operation(index: index, name: operation.name, node: operation.node, error)
  }
}
