import CEdgeSystem
import EdgeTensor

/// A verified `.edge` file, read in place.
///
/// Everything small is copied out when the file is verified and never read again; constants stay where they are mapped.
public final class Model: Sendable {
  public static let formatVersion = 1
  /// Constants and arena blocks start at multiples of this many bytes.
  public static let alignment = 64
  /// Constants of other writers need no more: `edge.fbs` says why.
  static let requiredAlignment = 32
  /// Files with more tensors, or with more operators, are refused.
  public static let maximumCount = 65_535

  public struct Tensor: Sendable {
    public let type: TensorType
    /// How the bytes of a constant are ordered.
    public let layout: Layout
    /// Bytes of a constant in the file; nil for activations.
    public let data: Range<Int>?
    /// Index of the dimension along which scales differ, or nil if one scale holds for all.
    public let channelAxis: Int?
    let nameRange: Range<Int>
    let scalesRange: Range<Int>
  }

  public struct Operator: Sendable {
    /// Kind, as in the operator registry.
    public let name: String
    public let node: String
    /// Tensor indices; -1 stands for an input that is left out.
    public let inputs: [Int]
    public let outputs: [Int]
    public let attributes: Attributes
  }

  public struct MemoryPlan: Equatable, Sendable {
    /// Stands for "not in the arena".
    public static let nowhere = Int.max
    public let threads: Int
    public let fused: Bool
    /// Bytes of the arena.
    public let peak: Int
    public let tensorOffsets: [Int]
    public let scratchOffsets: [Int]

    public init(threads: Int, fused: Bool, peak: Int, tensorOffsets: [Int], scratchOffsets: [Int]) {
      self.threads = threads
      self.fused = fused
      self.peak = peak
      self.tensorOffsets = tensorOffsets
      self.scratchOffsets = scratchOffsets
    }
  }

  /// What one operator gives on the seeded test input.
  public struct Check: Equatable, Sendable, BitwiseCopyable {
    public let hash: UInt64
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

  public struct Origin: Sendable {
    public var fileName = ""
    public var fileHash: UInt64 = 0
    public var tool = ""
    public var recipe = ""
    public init() {}
  }

  /// Keeps the mapping alive.
  private let file: ModelBytes
  public let name: String
  public let tensors: [Tensor]
  public let operators: [Operator]
  public let inputs: [Int]
  public let outputs: [Int]
  public let preprocessing: Preprocessing?
  public let plans: [MemoryPlan]
  public let testSeed: UInt64
  public let checks: [Check]
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

  public var byteCount: Int { file.bytes.count }

  /// XXH64 of the whole file.
  public var fileHash: UInt64 { xxh64(file.bytes) }

  /// The bytes of a constant, 64-byte aligned in the file if we wrote it, else at least 32-byte; nil for an activation. Valid as long as the model lives.
  public func constant(_ tensorIndex: Int) -> UnsafeRawBufferPointer? {
    tensors[tensorIndex].data.map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
  }

  public func tensorName(_ tensorIndex: Int) -> String { text(tensors[tensorIndex].nameRange) }

  /// Scales of a tensor in the order of `channelAxis`; one for the whole tensor, none if it is not quantized.
  public func scales(_ tensorIndex: Int) -> [Float] {
    let range = tensors[tensorIndex].scalesRange
    return stride(from: range.lowerBound, to: range.upperBound, by: 4).map {
      file.bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
    }
  }

  public var labelCount: Int { labelRanges.count }

  /// The name of a class; nil if the model has none for it.
  public func label(_ classIndex: Int) -> String? {
    labelRanges.indices.contains(classIndex) ? text(labelRanges[classIndex]) : nil
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: file.bytes[range], as: UTF8.self) }
}

/// The order in which a constant's bytes lie in the file. Raw values are never stored; `name` is.
public enum Layout: Sendable, Equatable, CaseIterable {
  case rowMajor
  /// Convolution and dense int8 weights: `[⌈O/16⌉][kernelHeight][⌈kernelWidth·inChannels/4⌉][16][4]`, zero padded; a dense layer has
  /// one row of all its inputs.
  case o16k4
  /// The same for float32: `[⌈O/16⌉][K][16]`.
  case o16
  /// Depthwise weights, int8 or float32: `[⌈C/16⌉][taps][16]`.
  case c16

  public var name: StaticString {
    switch self {
    case .rowMajor: ""
    case .o16k4: "o16k4"
    case .o16: "o16"
    case .c16: "c16"
    }
  }
}
