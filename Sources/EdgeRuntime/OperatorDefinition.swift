import EdgeKernels
import EdgeModel
import EdgeTensor

/// Everything the runtime knows about one kind of operator. Each lives in a file of `Operators/` and is named once in
/// `OperatorRegistry`. An object, so that the list holds references and no copies.
public final class OperatorDefinition: Sendable {
  /// Name in the file, in lower case: `conv_2d`.
  public let name: StaticString
  public let inputs: ClosedRange<Int>
  public let outputs: ClosedRange<Int>
  /// Which operands may lie in the same memory.
  public let sharing: Sharing
  /// Whether input 1 may be sparse weights.
  public let takesSparseWeights: Bool
  /// The shape rule: data types and shapes of the outputs. Rejects operands that do not fit together.
  public let outputTypes: @Sendable (borrowing Node) throws(PlanError) -> [OutputType]
  /// Checks quantization and attributes, derives every constant, and returns the computation.
  public let plan: @Sendable (inout PlanContext) throws(PlanError) -> Step

  public init(
    _ name: StaticString, inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1, sharing: Sharing = .none,
    takesSparseWeights: Bool = false,
    outputTypes: @escaping @Sendable (borrowing Node) throws(PlanError) -> [OutputType],
    plan: @escaping @Sendable (inout PlanContext) throws(PlanError) -> Step
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.sharing = sharing
    self.takesSparseWeights = takesSparseWeights
    self.outputTypes = outputTypes
    self.plan = plan
  }

  /// Checks the number of operands and the shape rule against what the file declares.
  func check(_ node: borrowing Node) throws(PlanError) {
    let computed = try inferredOutputTypes(node)
    // Their bytes are fewer than their shape's.
    for (index, layout) in node.layouts.enumerated() where layout == .o16k4Sparse {
      guard takesSparseWeights, index == 1 else {
        throw .badValue(operand: "inputs", reason: "a constant is sparse, which this operator cannot read")
      }
    }
    for (index, type) in node.outputs.enumerated()
    where type.dataType != computed[index].dataType || type.shape != computed[index].shape {
      throw .outputTypeMismatch(
        expected: TensorType(computed[index].dataType, computed[index].shape).description, got: type.description)
    }
  }

  /// Data types and shapes of as many outputs as `node.outputs` has.
  public func inferredOutputTypes(_ node: borrowing Node) throws(PlanError) -> [OutputType] {
    guard inputs.contains(node.inputs.count) else { throw .operandCount(expected: inputs, got: node.inputs.count) }
    guard outputs.contains(node.outputs.count) else { throw .outputCount(expected: outputs, got: node.outputs.count) }
    let computed = try outputTypes(node)
    guard computed.count == node.outputs.count else {
      throw .outputCount(expected: computed.count...computed.count, got: node.outputs.count)
    }
    return computed
  }
}

/// One planned operator: a computation that can be split into independent parts. A class, so that calling `run` need not count
/// references, which threads would share.
public final class Step: Sendable {
  /// How many independent units there are, usually rows of the output. Any split of `0..<unitCount` gives the same bytes.
  public let unitCount: Int
  /// The variant of `KernelSet` that computes it; empty where there is only one way.
  public let kernel: StaticString
  /// Products of the mathematical definition, those with padding included; 0 for operators that are not sums of products,
  /// `Int.max` where `Int` is too small.
  public let multiplyAccumulateCount: Int
  /// What it does as a part of a fused block; nil for operators that cannot be one.
  public let stage: FusedStage?
  /// Computes a range of units. Allocates nothing.
  public let run: @Sendable (Frame, Range<Int>) throws(InvokeError) -> Void

  public convenience init(
    unitCount: Int, kernel: StaticString = "", dotProducts: (count: Int, length: Int) = (0, 0),
    stage: FusedStage? = nil, run: @escaping @Sendable (Frame, Range<Int>) throws(InvokeError) -> Void
  ) {
    let (products, overflow) = dotProducts.count.multipliedReportingOverflow(by: dotProducts.length)
    self.init(
      unitCount: unitCount, kernel: kernel, multiplyAccumulateCount: overflow ? .max : products, stage: stage, run: run)
  }

  init(
    unitCount: Int, kernel: StaticString, multiplyAccumulateCount: Int, stage: FusedStage? = nil,
    run: @escaping @Sendable (Frame, Range<Int>) throws(InvokeError) -> Void
  ) {
    self.unitCount = unitCount
    self.kernel = kernel
    self.multiplyAccumulateCount = multiplyAccumulateCount
    self.stage = stage
    self.run = run
  }

  /// The units that one of several workers computes.
  static func units(of worker: Int, threads: Int, unitCount: Int) -> Range<Int> {
    let share = (unitCount + threads - 1) / threads
    let first = min(worker * share, unitCount)
    return first..<min(first + share, unitCount)
  }

  /// A step too small to be worth splitting.
  public static func whole(_ run: @escaping @Sendable (Frame) throws(InvokeError) -> Void) -> Step {
    Step(unitCount: 1) { frame, _ throws(InvokeError) in try run(frame) }
  }
}

/// What a step needs to find its data: the arena of the running interpreter, and which worker is asking.
public struct Frame {
  public let arena: UnsafeMutableRawPointer
  public let worker: Int

  @inline(__always)
  public func read<T>(_ operand: Operand, as type: T.Type = T.self) -> UnsafePointer<T> {
    (operand.constant ?? UnsafeRawPointer(arena + operand.offset)).assumingMemoryBound(to: type)
  }

  /// - Precondition: `operand` is not a constant.
  @inline(__always)
  public func write<T>(_ operand: Operand, as type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    (arena + operand.offset).assumingMemoryBound(to: type)
  }

  /// This worker's share of a step's scratch memory.
  @inline(__always)
  public func scratch(_ scratch: Scratch) -> UnsafeMutableRawPointer {
    arena + scratch.offset + worker * scratch.byteCountPerWorker
  }
}

/// Where a tensor's bytes are while the model runs.
public struct Operand: @unchecked Sendable {
  // Sendable: a constant is never written.
  let constant: UnsafeRawPointer?
  /// From the start of the arena; unused for constants.
  let offset: Int
}

/// Memory that a step needs only while it runs, one part for each worker.
public struct Scratch: Sendable {
  let offset: Int
  let byteCountPerWorker: Int
}

/// What an operator is given to plan itself.
public struct PlanContext {
  public let node: Node
  public let inputs: [Operand]
  public let outputs: [Operand]
  public let cpu: CPUFeatures
  public let threads: Int
  private let scratchOffset: Int
  /// Bytes all workers together asked for.
  private(set) var scratchByteCount = 0

  init(node: Node, inputs: [Operand], outputs: [Operand], cpu: CPUFeatures, threads: Int, scratchOffset: Int) {
    self.node = node
    self.inputs = inputs
    self.outputs = outputs
    self.cpu = cpu
    self.threads = threads
    self.scratchOffset = scratchOffset
  }

  /// Asks for scratch memory, 64-byte aligned, at most once for an operator. The count may depend on shapes and attributes but not
  /// on the CPU: the plan in the file must hold on every board.
  public mutating func scratch(byteCountPerWorker: Int) -> Scratch {
    // Limited so that nothing overflows; whatever reaches the limit is refused.
    let rounded = MemoryPlanner.aligned(min(byteCountPerWorker, Plan.maximumScratchByteCount + 1))
    scratchByteCount = rounded * threads
    return Scratch(offset: scratchOffset, byteCountPerWorker: rounded)
  }
}
