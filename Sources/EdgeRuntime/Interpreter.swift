import CEdgeSystem
import EdgeModel
import EdgeTensor

/// Runs a plan: owns the arena and the threads. Belongs to one caller at a time.
public final class Interpreter {
  /// What it runs.
  public let plan: Plan
  private let arena: UnsafeMutableRawBufferPointer
  private let pool: OpaquePointer?
  private var errors: [InvokeError?]
  /// Which steps the threads share.
  private let isShared: [Bool]

  /// Allocates the arena and starts the threads; `invoke()` then does neither.
  public init(_ plan: Plan) throws(LoadError) {
    let byteCount = max(plan.memory.peak, Model.alignment)
    guard let memory = edge_allocate(byteCount, Model.alignment) else { throw .outOfMemory(byteCount: byteCount) }
    arena = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    self.plan = plan
    errors = Array(repeating: nil, count: plan.threads)
    isShared = plan.steps.indices.map { plan.threads > 1 && plan.isWorthSharing(step: $0) }
    if plan.threads > 1 {
      pool = edge_pool_create(Int32(plan.threads))
      guard pool != nil else {
        edge_free(memory)
        throw .tooManyThreads(plan.threads)
      }
    } else {
      pool = nil
    }
  }

  deinit {
    if let pool { edge_pool_destroy(pool) }
    edge_free(arena.baseAddress)
  }

  /// Arrays to fill before `invoke()`.
  public var inputCount: Int { plan.model.inputs.count }
  /// Arrays to read after it.
  public var outputCount: Int { plan.model.outputs.count }

  /// Element type, shape and quantization of an input.
  /// - Parameter index: in `0..<inputCount`.
  public func inputType(_ index: Int) -> TensorType { plan.model.tensors[plan.model.inputs[index]].type }
  /// Element type, shape and quantization of an output.
  /// - Parameter index: in `0..<outputCount`.
  public func outputType(_ index: Int) -> TensorType { plan.model.tensors[plan.model.outputs[index]].type }

  /// Where to put an input before each `invoke()`: row-major, little-endian. An inference may overwrite it.
  public func input(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(mutating: tensor(plan.model.inputs[index]))
  }

  /// An output, row-major, little-endian; valid until the next `invoke()`.
  public func output(_ index: Int) -> UnsafeRawBufferPointer { tensor(plan.model.outputs[index]) }

  /// Runs the model once. Allocates nothing.
  /// - Throws: only where data that serves as an index is out of range; outputs are then undefined.
  public func invoke() throws(InvokeError) { try invoke(recording: nil) }

  /// Runs the model once and takes the time of every step.
  /// - Parameter times: made for this plan; those of the inference before are lost.
  public func invoke(recording times: StepTimes?) throws(InvokeError) {
    times?.start = edge_ticks()
    var next = 0
    while next < isShared.count {
      let first = next
      repeat { next += 1 } while next < isShared.count && isShared[next] == isShared[first]
      try run(steps: first..<next, times)
    }
  }

  /// Runs one step, an operator or a fused block of them; those before it must have run.
  public func run(step index: Int) throws(InvokeError) {
    try run(steps: index..<(index + 1), nil)
  }

  /// - Parameter steps: the threads share all of them or none.
  private func run(steps: Range<Int>, _ times: StepTimes?) throws(InvokeError) {
    guard let pool, isShared[steps.lowerBound], edge_pool_wake(pool) else {
      let frame = Frame(arena: arena.baseAddress!, worker: 0)
      for index in steps {
        if let error = plan.run(step: index, units: { 0..<$0 }, frame) { throw error }
        times?.finish(step: index)
      }
      return
    }
    times?.share(steps: steps)
    let failure = errors.withUnsafeMutableBufferPointer { errors in
      var list = JobList(
        plan: Unmanaged.passUnretained(plan), first: steps.lowerBound, arena: arena.baseAddress!,
        errors: errors.baseAddress!, times: times?.parts)
      withUnsafeMutablePointer(to: &list) { list in
        edge_pool_run(
          pool,
          { context, job, part in
            context!.assumingMemoryBound(to: JobList.self).pointee.run(job: Int(job), part: Int(part))
          }, list, Int32(steps.count))
      }
      return errors.firstNonNil()
    }
    guard let failure else { return }
    for index in errors.indices { errors[index] = nil }
    throw failure
  }

  /// A tensor's bytes; an activation's are meaningful only between the step that writes it and the last that reads it.
  /// - Precondition: the tensor is a constant, an input, or the output of an operator, and not inside a fused block.
  public func tensor(_ index: Int) -> UnsafeRawBufferPointer {
    if let constant = plan.model.constant(index) { return constant }
    let (offset, byteCount) = (plan.memory.tensorOffsets[index], plan.model.tensors[index].type.byteCount)
    precondition(offset <= plan.memory.peak - byteCount, "nothing computes this tensor")
    return UnsafeRawBufferPointer(start: arena.baseAddress! + offset, count: byteCount)
  }
}

extension Plan {
  /// Retains nothing: counting references takes longer than handing out a part, the more so if threads share the counts.
  /// - Parameter units: which of the step's units, given how many there are.
  /// - Returns: what the step throws.
  @inline(__always)
  fileprivate func run(step index: Int, units: (Int) -> Range<Int>, _ frame: Frame) -> InvokeError? {
    Unmanaged.passUnretained(steps[index])._withUnsafeGuaranteedRef { step in
      let units = units(step.unitCount)
      guard !units.isEmpty else { return nil }
      do throws(InvokeError) {
        try step.run(frame, units)
        return nil
      } catch { return error }
    }
  }
}

/// Steps in as many parts as a pool has threads. Where one fails, those after it compute something all the same.
private struct JobList {
  /// The interpreter holds it.
  let plan: Unmanaged<Plan>
  let first: Int
  let arena: UnsafeMutableRawPointer
  /// The first of each part. Threads write none without need: they lie in one cache line.
  let errors: UnsafeMutablePointer<InvokeError?>
  /// By part and step; nil if nobody asks.
  let times: UnsafeMutablePointer<StepTimes.Part>?

  func run(job: Int, part: Int) {
    plan._withUnsafeGuaranteedRef { plan in
      let begin = times == nil ? 0 : edge_ticks()
      let error = plan.run(
        step: first + job, units: { Step.units(of: part, threads: plan.threads, unitCount: $0) },
        Frame(arena: arena, worker: part))
      if let times { times[part * plan.stepCount + first + job] = StepTimes.Part(begin: begin, end: edge_ticks()) }
      if let error, errors[part] == nil { errors[part] = error }
    }
  }
}

extension UnsafeMutableBufferPointer where Element == InvokeError? {
  fileprivate func firstNonNil() -> InvokeError? {
    for error in self where error != nil { return error }
    return nil
  }
}
