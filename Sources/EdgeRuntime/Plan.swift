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
  /// Operators that run as one step; none if the plan was not to fuse, or if that gains nothing.
  public let blocks: [FusedBlock]
  /// The operators of each step.
  public let operatorRanges: [Range<Int>]
  let steps: [Step]
  let liveness: Liveness
  /// Bytes of each step's scratch memory, for all workers.
  let scratchByteCounts: [Int]

  /// More threads, and operators that want more bytes of scratch memory, are refused.
  public static let maximumThreadCount = 1024
  static let maximumScratchByteCount = 1 << 40

  /// Checks and plans `model`.
  ///
  /// The plan stored for this thread count, with its fused operators, is verified and used; where the file has none, one is made.
  /// - Parameters:
  ///   - threads: in `1...maximumThreadCount`.
  ///   - fuses: whether operators may be fused. Output bytes depend on neither.
  /// - Throws: `.operation` for the first operator that cannot be planned, `.badMemoryPlan` for a stored plan that does not fit,
  ///   `.tooManyThreads`, `.outOfMemory`.
  public convenience init(
    _ model: Model, threads: Int = 1, fuses: Bool = true, cpu: CPUFeatures = .detected,
    registry: OperatorRegistry = .standard
  ) throws(LoadError) {
    let choose: FusionRule = { liveness, scratch, finder in
      FusionChoice(liveness, scratch: scratch, threads: threads).choose(finder.candidates())
    }
    try self.init(model, threads: threads, fusing: fuses ? choose : nil, cpu: cpu, registry: registry)
  }

  /// The same for programs that only run models, which then have no search in them, 40 KB of one for boards: where the file has no plan
  /// for this thread count, operators run one by one, and no tensor lies in the bytes of another that is alive.
  public convenience init(running model: Model, threads: Int, fuses: Bool) throws(LoadError) {
    try self.init(
      model, threads: threads, fusing: fuses ? { _, _, _ in [] } : nil, placing: MemoryPlanner.planWithoutSearch)
  }

  /// Chooses blocks that share no operator, in the model's order, given bytes of scratch memory by operator.
  typealias FusionRule = (Liveness, _ scratch: [Int], FusionFinder) -> [FusedBlock]

  /// Places what is alive and the scratch memory of so many threads.
  typealias PlacementRule = (
    Liveness, _ scratch: [Int], _ threads: Int, [FusedBlock]
  ) -> Model.MemoryPlan

  /// - Parameters:
  ///   - fusing: nil to fuse nothing.
  ///   - placing: where the file has no plan.
  init(
    _ model: Model, threads: Int, fusing: FusionRule?, placing: PlacementRule = MemoryPlanner.plan,
    cpu: CPUFeatures = .detected, registry: OperatorRegistry = .standard
  ) throws(LoadError) {
    precondition(threads >= 1, "a plan needs at least one thread")
    guard threads <= Plan.maximumThreadCount else { throw .tooManyThreads(threads) }
    /// Checks and plans every operator against one memory plan. What is derived of an operator is dropped before the next one's.
    func steps(_ memory: Model.MemoryPlan?) throws(LoadError) -> PlannedSteps {
      var planned = PlannedSteps(capacity: model.operators.count)
      for (index, operation) in model.operators.enumerated() {
        func operand(_ tensor: Int) -> Operand {
          guard tensor >= 0 else { return Operand(constant: nil, offset: 0) }
          return Operand(constant: model.constant(tensor)?.baseAddress, offset: memory?.tensorOffsets[tensor] ?? 0)
        }
        do throws(PlanError) {
          guard let definition = registry[operation.name] else { throw .unknownOperator }
          let node = Plan.node(index, in: model)
          try definition.check(node)
          var context = PlanContext(
            node: node, inputs: operation.inputs.map(operand), outputs: operation.outputs.map(operand), cpu: cpu,
            threads: threads, scratchOffset: memory?.scratchOffsets[index] ?? 0)
          planned.steps.append(try definition.plan(&context))
          planned.scratch.append(context.scratchByteCount)
          planned.pairs.append(try definition.sharing.pairs(node))
        } catch { throw Plan.error(error, index, model) }
        guard planned.scratch[index] <= Plan.maximumScratchByteCount else {
          throw .outOfMemory(byteCount: planned.scratch[index])
        }
      }
      return planned
    }

    let stored = try model.storedPlan(threads: threads, fuses: fusing != nil)
    var planned = try steps(stored)
    var scratch = planned.scratch
    if let stored {
      let finder = FusionFinder(model, planned.steps, threads: threads)
      var found: [FusedBlock] = []
      for range in stored.blocks {
        guard let block = finder.block(range) else {
          throw .badMemoryPlan(reason: "its fused operators cannot run as one")
        }
        found.append(block)
      }
      blocks = found
    } else {
      blocks =
        fusing?(
          Liveness(model, pairs: planned.pairs), scratch, FusionFinder(model, planned.steps, threads: threads)) ?? []
    }
    let liveness = Liveness(model, pairs: planned.pairs, blocks: blocks)
    for block in blocks {
      for index in block.operators { scratch[index] = 0 }
      scratch[block.operators.lowerBound] = block.scratchByteCount * threads
    }

    // Scratch sizes are known only after planning, and planning needs offsets: without a stored plan it runs twice.
    let memory = stored ?? placing(liveness, scratch, threads, blocks)
    if stored == nil {
      planned = try steps(memory)
    } else {
      try MemoryPlanner.check(memory, liveness, scratch: scratch)
    }

    (self.steps, operatorRanges) = Plan.grouped(planned.steps, blocks, model, memory)
    self.memory = memory
    self.liveness = liveness
    scratchByteCounts = scratch
    self.model = model
    self.threads = threads
    self.cpu = cpu
  }

  /// What planning gives for each operator.
  private struct PlannedSteps {
    var steps: [Step] = []
    /// Bytes, for all workers.
    var scratch: [Int] = []
    /// Operands that may share memory.
    var pairs: [[SharedBytes]] = []

    init(capacity: Int) {
      steps.reserveCapacity(capacity)
      scratch.reserveCapacity(capacity)
      pairs.reserveCapacity(capacity)
    }
  }

  /// Steps of single operators, with those of a block replaced by the block's.
  private static func grouped(
    _ steps: [Step], _ blocks: [FusedBlock], _ model: Model, _ memory: Model.MemoryPlan
  ) -> (steps: [Step], operators: [Range<Int>]) {
    var grouped: (steps: [Step], operators: [Range<Int>]) = ([], [])
    let count = blocks.reduce(steps.count) { $0 - $1.operators.count + 1 }
    grouped.steps.reserveCapacity(count)
    grouped.operators.reserveCapacity(count)
    var index = 0
    for block in blocks {
      while index < block.operators.lowerBound {
        grouped.steps.append(steps[index])
        grouped.operators.append(index..<(index + 1))
        index += 1
      }
      grouped.steps.append(block.step(steps, model, memory))
      grouped.operators.append(block.operators)
      index = block.operators.upperBound
    }
    while index < steps.count {
      grouped.steps.append(steps[index])
      grouped.operators.append(index..<(index + 1))
      index += 1
    }
    return grouped
  }

  static func node(_ index: Int, in model: Model) -> Node {
    let operation = model.operators[index]
    return Node(
      inputs: operation.inputs.map { $0 < 0 ? nil : model.tensors[$0].type },
      outputs: operation.outputs.map { model.tensors[$0].type },
      attributes: model.attributes(index),
      constants: operation.inputs.map { $0 < 0 ? nil : model.constant($0) },
      layouts: operation.inputs.map { $0 < 0 ? .rowMajor : model.tensors[$0].layout },
      sparse: operation.inputs.map { $0 < 0 ? nil : model.tensors[$0].sparse })
  }

  static func error(_ error: PlanError, _ index: Int, _ model: Model) -> LoadError {
    .operation(index: index, name: model.operators[index].name, node: model.nodeName(index), error)
  }
}

extension Model {
  /// A fused plan only if operators may be fused, and then rather than another: conversion stores one where fusing gains something.
  fileprivate func storedPlan(threads: Int, fuses: Bool) throws(LoadError) -> MemoryPlan? {
    let plans = plans.filter { $0.threads == threads && (fuses || !$0.isFused) }
    guard let plan = plans.first(where: { $0.isFused }) ?? plans.first else { return nil }
    do { return try memoryPlan(plan) } catch { throw .badMemoryPlan(reason: "the file changed while it was loaded") }
  }
}
