import CEdgeSystem
import EdgeTensor

/// A verified `.edge` file, read in place.
///
/// Everything small that computing depends on is copied out when the file is verified and never read again, but for attributes and the
/// memory plan in use, which are checked once more. Constants and names stay where they are mapped.
public final class Model: Sendable {
  /// The version that files carry and this reader understands.
  public static let formatVersion = 1
  /// Constants and arena blocks start at multiples of this many bytes.
  public static let alignment = 64
  /// Constants of other writers need no more: `edge.fbs` says why.
  static let requiredAlignment = 32
  /// Files with more tensors, or with more operators, are refused.
  public static let maximumCount = 65_535

  /// What a tensor is, and where its bytes lie if it is a constant.
  public struct Tensor: Sendable {
    /// Element type, logical shape (NHWC, OHWI) and quantization.
    public let type: TensorType
    /// How the bytes of a constant are ordered.
    public let layout: Layout
    /// Bytes of a constant in the file; nil for activations.
    public let data: Range<Int>?
    /// Index of the dimension along which scales differ, or nil if one scale holds for all.
    public let channelAxis: Int?
    /// Which blocks of sparse weights are stored; nil for every other tensor.
    public let sparse: SparseIndex?
    /// Of its table in the file, where its name and scales stay.
    let position: Int
  }

  /// One step of the network.
  public struct Operator: Sendable {
    /// Kind, as in the operator registry.
    public let name: String
    /// Tensor indices; -1 stands for an input that is left out.
    public let inputs: [Int]
    /// Tensor indices.
    public let outputs: [Int]
    /// Of its table in the file, where its attributes and the node's name stay.
    let position: Int
  }

  /// A memory plan in the file; `memoryPlan(_:)` reads the rest of it.
  public struct StoredPlan: Sendable {
    /// At least 1.
    public let threads: Int
    /// Whether it is for running blocks of operators row by row.
    public internal(set) var isFused: Bool
    /// Bytes of the arena.
    public let peak: Int
    let index: Int
    /// Of its table in the file.
    let position: Int
  }

  /// Where everything lies in the arena for one thread count. Offsets are bytes.
  public struct MemoryPlan: Equatable, Sendable {
    /// Stands for "not in the arena".
    public static let nowhere = Int.max
    /// At least 1.
    public let threads: Int
    /// Operators that run as one, in their order; none if all run one after the other.
    public let blocks: [FusedRange]
    /// Bytes of the arena.
    public let peak: Int
    /// One for each tensor, a multiple of its element's bytes, or `nowhere`. Tensors that operators allow to may share bytes.
    public let tensorOffsets: [Int]
    /// One for each operator's scratch memory, a multiple of `Model.alignment`, or `nowhere`.
    public let scratchOffsets: [Int]

    /// Whether it is for running blocks of operators row by row.
    public var isFused: Bool { !blocks.isEmpty }

    public init(
      threads: Int, blocks: [FusedRange] = [], peak: Int, tensorOffsets: [Int], scratchOffsets: [Int]
    ) {
      self.threads = threads
      self.blocks = blocks
      self.peak = peak
      self.tensorOffsets = tensorOffsets
      self.scratchOffsets = scratchOffsets
    }
  }

  /// Consecutive operators that run as one, a few rows at a time.
  public struct FusedRange: Equatable, Sendable {
    /// Two or more, in the model's order.
    public let operators: Range<Int>
    /// Output rows that are computed in one go; at least 1.
    public let rowsPerGo: Int

    public init(operators: Range<Int>, rowsPerGo: Int) {
      self.operators = operators
      self.rowsPerGo = rowsPerGo
    }

    /// As in the file.
    struct Stored: BitwiseCopyable {
      let first: Int32
      let count: Int32
      let rowsPerGo: Int32
    }
  }

  /// What one operator gives on the seeded test input.
  public struct Check: Equatable, Sendable, BitwiseCopyable {
    /// XXH64, seed 0, of the first output's bytes; 0 for float32.
    public let hash: UInt64
    /// Of the first output, float32; 0 for integers. So are the two that follow.
    public let minimum: Double
    public let maximum: Double
    public let mean: Double

    public init(hash: UInt64, minimum: Double = 0, maximum: Double = 0, mean: Double = 0) {
      self.hash = hash
      self.minimum = minimum
      self.maximum = maximum
      self.mean = mean
    }
  }

  /// Where the model came from.
  public struct Origin: Sendable {
    /// The source file, without its folder.
    public var fileName = ""
    /// XXH64, seed 0, of the source file.
    public var fileHash: UInt64 = 0
    /// The converter and its version.
    public var tool = ""
    /// The command line that made the file.
    public var recipe = ""
    public init() {}
  }

  /// Keeps the mapping alive.
  private let file: ModelBytes
  /// The name of the source model.
  public let name: String
  /// Everything that operators read and write; other properties refer to it by index.
  public let tensors: [Tensor]
  /// In the order of execution: each reads only what came before.
  public let operators: [Operator]
  /// Tensor indices, in the order of the source model.
  public let inputs: [Int]
  public let outputs: [Int]
  /// How a picture becomes the first input; nil if none was given or guessed.
  public let preprocessing: Preprocessing?
  /// For 1 to 4 threads if we wrote the file; `EdgeRuntime` checks the one that it uses.
  public let plans: [StoredPlan]
  /// Of the test input that `checks` are about.
  public let testSeed: UInt64
  /// One for each operator, or none at all.
  public let checks: [Check]
  /// Where the model came from.
  public let origin: Origin
  private let labelRanges: [Range<Int>]

  /// Verifies `file` in time linear in its size.
  public init(_ file: consuming ModelBytes) throws(ModelError) {
    let parsed = try ModelParser(file.bytes).parse()
    self.file = file
    name = parsed.name
    tensors = parsed.tensors
    operators = parsed.operators
    inputs = parsed.inputs
    outputs = parsed.outputs
    preprocessing = parsed.preprocessing
    plans = parsed.plans
    testSeed = parsed.testSeed
    checks = parsed.checks
    origin = parsed.origin
    labelRanges = parsed.labelRanges
  }

  /// Maps and verifies the file at `path`. Nothing of it is copied but what is small.
  public convenience init(path: String) throws(ModelError) {
    guard let file = ModelBytes(mapping: path) else {
      throw .unreadable(path: path, reason: String(cString: edge_error_text(edge_last_error())))
    }
    try self.init(file)
  }

  /// Bytes of the file.
  public var byteCount: Int { file.bytes.count }

  /// Bytes of the file that are in memory now, in whole pages; nil if the system does not say.
  public var residentByteCount: Int? {
    let count = edge_resident_byte_count(file.bytes.baseAddress, file.bytes.count)
    return count < 0 ? nil : count
  }

  /// XXH64 of the whole file.
  public var fileHash: UInt64 { xxh64(file.bytes) }

  /// The bytes of a constant, 64-byte aligned in the file if we wrote it, else at least 32-byte; nil for an activation. Valid as long as the model lives.
  public func constant(_ tensorIndex: Int) -> UnsafeRawBufferPointer? {
    tensors[tensorIndex].data.map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
  }

  /// The name of a tensor in the source model; may be empty.
  public func tensorName(_ tensorIndex: Int) -> String { string(0, ofTableAt: tensors[tensorIndex].position) }

  /// The name of an operator's node in the source model; may be empty.
  public func nodeName(_ operatorIndex: Int) -> String { string(1, ofTableAt: operators[operatorIndex].position) }

  /// Parameters of an operator by key; the operator's file in `EdgeRuntime` says which. None if someone changed the file since it was
  /// loaded, which planning then refuses, or takes for defaults.
  public func attributes(_ operatorIndex: Int) -> Attributes {
    let table = try? FlatBuffer(file.bytes).table(at: operators[operatorIndex].position)
    return (try? table?.attributes(4)) ?? Attributes()
  }

  /// One of `plans` as a whole.
  /// - Throws: only if someone changed the file since it was loaded.
  public func memoryPlan(_ plan: StoredPlan) throws(ModelError) -> MemoryPlan {
    try ModelParser(file.bytes).memoryPlan(plan, tensors, operatorCount: operators.count)
  }

  /// Scales of a tensor in the order of `channelAxis`; one for the whole tensor, none if it is not quantized.
  public func scales(_ tensorIndex: Int) -> [Float] {
    let table = try? FlatBuffer(file.bytes).table(at: tensors[tensorIndex].position)
    return (try? table?.array(4, of: Float.self)) ?? []
  }

  /// Names of classes in the file; 0 if it has none.
  public var labelCount: Int { labelRanges.count }

  /// The name of a class; nil if the model has none for it.
  public func label(_ classIndex: Int) -> String? {
    labelRanges.indices.contains(classIndex) ? text(labelRanges[classIndex]) : nil
  }

  /// Empty only if someone changed the file since it was loaded.
  private func string(_ slot: Int, ofTableAt position: Int) -> String {
    let table = try? FlatBuffer(file.bytes).table(at: position)
    return (try? table?.string(slot)) ?? ""
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: file.bytes[range], as: UTF8.self) }
}

/// The order in which a constant's bytes lie in the file. Raw values are never stored; `name` is.
public enum Layout: Sendable, Equatable, CaseIterable {
  case rowMajor
  /// Convolution and dense int8 weights: `[⌈O/16⌉][kernelHeight][⌈kernelWidth·inChannels/4⌉][16][4]`, zero padded; a dense layer has
  /// one row of all its inputs.
  case o16k4
  /// The same without its blocks `[16][4]` of zeros; the tensor's index says which are there.
  case o16k4Sparse
  /// The same for float32: `[⌈O/16⌉][K][16]`.
  case o16
  /// Depthwise weights, int8 or float32: `[⌈C/16⌉][taps][16]`.
  case c16

  /// As stored in the file.
  public var name: StaticString {
    switch self {
    case .rowMajor: ""
    case .o16k4: "o16k4"
    case .o16k4Sparse: "o16k4-sparse"
    case .o16: "o16"
    case .c16: "c16"
    }
  }
}
