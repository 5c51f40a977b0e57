import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite("The .edge file: what is refused")
struct RefusalTests {
  @Test("An empty file, noise, and files of other formats")
  func notAModel() throws {
    #expect(refusal([]) == .malformed(.truncated(offset: 0)))
    #expect(refusal([UInt8](repeating: 0, count: 7)) == .malformed(.truncated(offset: 7)))
    #expect(refusal([UInt8](repeating: 0, count: 64)) == .malformed(.wrongIdentifier))
    var bytes = try fullContents().encoded()
    bytes.replaceSubrange(4..<8, with: "TFL3".utf8)
    #expect(refusal(bytes) == .malformed(.wrongIdentifier))
  }

  @Test("Another version")
  func version() throws {
    // The root table's first field, found through its vtable.
    var bytes = try fullContents().encoded()
    let root = Int(bytes[0]) + Int(bytes[1]) << 8
    let vtable =
      root - Int(Int32(truncatingIfNeeded: bytes[root..<(root + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }))
    let field = root + Int(bytes[vtable + 4])
    #expect(bytes[field] == UInt8(Model.formatVersion))
    bytes[field] = 9
    #expect(refusal(bytes) == .unsupportedVersion(found: 9))
  }

  @Test("Constants that are not aligned, because bytes were put before the root table")
  func misaligned() throws {
    let bytes = try fullContents().encoded()
    let root = UInt32(bytes[0]) + UInt32(bytes[1]) << 8
    // All references are relative, so only the first has to change.
    let shifted = withUnsafeBytes(of: root + 4) { [UInt8]($0) } + bytes[4..<8] + [0, 0, 0, 0] + bytes[8...]
    #expect(refusal(shifted) == .badTensor(index: 12, reason: "constant is not 32-byte aligned"))
  }

  @Test("No tensors")
  func empty() {
    #expect(refusal(ModelContents()) == .noTensors)
  }

  static let wrongTensors: [(StaticString, @Sendable (inout ModelContents.Tensor) -> Void)] = [
    ("a scale is not a positive number", { $0.scales = [0] }),
    ("a scale is not a positive number", { $0.scales = [-1] }),
    ("a scale is not a positive number", { $0.scales = [.nan] }),
    ("a scale is not a positive number", { $0.scales = [.infinity] }),
    ("scales and zero points differ in number", { $0.zeroPoints = [1, 2] }),
    ("scales do not match the shape along the quantized axis", { $0.quantize(scales: [1, 1], axis: 0) }),
    ("scales do not match the shape along the quantized axis", { $0.quantize(scales: [1, 1, 1], axis: 4) }),
    ("scales do not match the shape along the quantized axis", { $0.quantize(scales: [1, 1, 1], axis: -1) }),
    ("zero point outside its type", { $0.zeroPoints = [128] }),
    ("zero point outside its type", { ($0.dataType, $0.zeroPoints) = (.uint8, [-1]) }),
    ("zero point outside its type", { ($0.dataType, $0.zeroPoints) = (.int32, [1]) }),
    ("constant has another number of bytes than its shape", { $0.data = [UInt8](repeating: 0, count: 107) }),
    ("constant has fewer bytes than its shape", { ($0.layout, $0.data) = (.o16k4, [UInt8](repeating: 0, count: 107)) }),
  ]

  @Test("Tensors that cannot be", arguments: wrongTensors.indices)
  func badTensor(_ index: Int) throws {
    let (reason, change) = RefusalTests.wrongTensors[index]
    var contents = try fullContents()
    change(&contents.tensors[0])
    #expect(refusal(contents) == .badTensor(index: 0, reason: reason))
  }

  @Test("Shapes with a negative extent, too many elements or too many axes; unknown data types and layouts")
  func badTensorBytes() throws {
    var contents = ModelContents()
    contents.tensors = [ModelContents.Tensor(name: "", dataType: .int8, shape: Shape([77_777, 3]), layout: .o16)]
    contents.tensors[0].data = [UInt8](repeating: 0, count: 240_000)
    let bytes = contents.encoded()
    #expect(refusal(bytes) == nil)
    func changed(_ from: [UInt8], _ to: [UInt8]) throws -> [UInt8] {
      var bytes = bytes
      let start = try #require(
        (0..<(bytes.count - from.count)).first { bytes[$0..<($0 + from.count)].elementsEqual(from) })
      bytes.replaceSubrange(start..<(start + from.count), with: to)
      return bytes
    }
    let shape: [UInt8] = [2, 0, 0, 0, 0xD1, 0x2F, 1, 0, 3, 0, 0, 0]
    for other in [
      [2, 0, 0, 0, 0xD1, 0x2F, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF], [2, 0, 0, 0, 0xD1, 0x2F, 1, 0x7F, 3, 0, 0, 0],
    ] as [[UInt8]] {
      #expect(refusal(try changed(shape, other)) == .badTensor(index: 0, reason: "impossible shape"))
    }
    #expect(
      refusal(try changed([3, 0, 0, 0, 0x6F, 0x31, 0x36, 0], [3, 0, 0, 0, 0x6F, 0x31, 0x37, 0]))
        == .badTensor(index: 0, reason: "unknown layout; a newer edgeinfer may read it"))
  }

  @Test("Indices outside the tensors, and negative ones where no operand may be left out")
  func indices() throws {
    let full = try fullContents()
    let count = full.tensors.count
    for wrong in [count, Int(Int32.max), Int(Int32.min), -2] {
      var contents = full
      contents.operators[1].inputs[0] = wrong
      #expect(refusal(contents) == .badOperator(index: 1, reason: "tensor index out of range"))
    }
    for wrong in [count, -1] {
      var contents = full
      contents.operators[1].outputs[0] = wrong
      #expect(refusal(contents) == .badOperator(index: 1, reason: "tensor index out of range"))
      contents = full
      contents.inputs[0] = wrong
      #expect(refusal(contents) == .badModel(reason: "input index out of range"))
      contents = full
      contents.outputs[0] = wrong
      #expect(refusal(contents) == .badModel(reason: "an output is never written"))
    }
  }

  @Test("Reads before writes, and second writes")
  func dataFlow() throws {
    let full = try fullContents()
    var contents = full
    contents.operators.swapAt(0, 1)
    #expect(refusal(contents) == .badOperator(index: 0, reason: "reads a tensor before it is written"))
    contents = full
    contents.inputs = []
    #expect(refusal(contents) == .badOperator(index: 0, reason: "reads a tensor before it is written"))
    contents = full
    contents.operators[2].outputs = contents.operators[0].outputs
    #expect(refusal(contents) == .badOperator(index: 2, reason: "writes a tensor that has a value"))
    contents = full
    contents.operators[2].outputs = [contents.inputs[0]]
    #expect(refusal(contents) == .badOperator(index: 2, reason: "writes a tensor that has a value"))
    contents = full
    contents.operators[2].outputs = [contents.operators[2].inputs[1]]  // a constant
    #expect(refusal(contents) == .badOperator(index: 2, reason: "writes a tensor that has a value"))
    contents = full
    contents.inputs = [0, 0]
    #expect(refusal(contents) == .badTensor(index: 0, reason: "is an input twice, or a constant input"))
    contents = full
    contents.tensors[0].layout = .c16
    #expect(refusal(contents) == .badModel(reason: "an activation has a packed layout"))
  }

  @Test("An output that exists but that nothing writes")
  func unwrittenOutput() throws {
    var contents = try fullContents()
    contents.plans = []  // they have a place for each tensor
    contents.tensors.append(ModelContents.Tensor(name: "unwritten", dataType: .int8, shape: Shape([4])))
    #expect(refusal(contents) == nil)
    contents.outputs.append(contents.tensors.count - 1)
    #expect(refusal(contents) == .badModel(reason: "an output is never written"))
  }

  static let wrongIndices: [@Sendable (inout ModelContents.Tensor) -> Void] = [
    { $0.sparse = nil }, { $0.sparse?.starts = [] }, { $0.sparse?.groups = [] }, { $0.sparse?.starts.append(6) },
    { $0.sparse?.starts[0] = 1 }, { $0.sparse?.starts[1] = 5 }, { $0.sparse?.starts[1] = 7 },
    { $0.sparse?.groups[5] = 9 }, { $0.sparse?.groups[5] = .max }, { $0.sparse?.groups.swapAt(1, 2) },
    { $0.sparse?.groups[2] = 2 }, { $0.data?.removeLast() }, { $0.data?.removeLast(64) },
    { $0.shape = Shape([17, 36]) }, { $0.shape = Shape([5, 32]) }, { $0.shape = Shape([5, 4, 9]) },
    { $0.shape = Shape([5, 0]) }, { $0.dataType = .uint8 },
    {  // channels that begin after the blocks that follow
      $0.shape = Shape([40, 36])
      $0.sparse?.starts = [0, 7, 3, 6]
    },
  ]

  @Test("An index of stored blocks that does not fit the weights", arguments: wrongIndices.indices)
  func badIndex(_ change: Int) throws {
    var contents = try fullContents()
    let index = try #require(contents.tensors.firstIndex { $0.layout == .o16k4Sparse })
    #expect(contents.tensors[index].sparse == SparseBlocks(starts: [0, 6], groups: [0, 2, 3, 5, 6, 8]))
    RefusalTests.wrongIndices[change](&contents.tensors[index])
    #expect(
      refusal(contents) == .badTensor(index: index, reason: "the index of stored blocks does not fit the weights"))
  }

  @Test("Sparse weights where their bytes would be read as a tensor")
  func sparseElsewhere() throws {
    let full = try fullContents()
    let sparse = try #require(full.tensors.firstIndex { $0.layout == .o16k4Sparse })
    var contents = full
    contents.outputs.append(sparse)
    #expect(refusal(contents) == .badModel(reason: "an output is sparse"))
    for operation in full.operators.indices where full.operators[operation].name != "fully_connected" {
      for operand in full.operators[operation].inputs.indices {
        contents = full
        contents.operators[operation].inputs[operand] = sparse
        let model = try load(contents)
        #expect(throws: LoadError.self, "\(full.operators[operation].name), input \(operand)") { try Plan(model) }
      }
    }
  }

  static let wrongPlans: [(StaticString, @Sendable (Model.MemoryPlan) -> Model.MemoryPlan)] = [
    ("impossible thread count", { $0.with(threads: 0) }),
    ("impossible thread count", { $0.with(threads: -1) }),
    ("impossible thread count", { $0.with(threads: 1025) }),
    ("peak above 1 TiB", { $0.with(peak: 1 << 41) }),
    ("wrong number of entries", { $0.with(tensorOffsets: [0]) }),
    ("wrong number of entries", { $0.with(scratchOffsets: []) }),
    ("offset outside the arena or not aligned", { $0.with(scratchOffsets: $0.scratchOffsets.map { $0 + 32 }) }),
    ("offset outside the arena or not aligned", { $0.with(peak: 0) }),
    ("impossible fused operators", { $0.with(blocks: [(0..<1, 1)]) }),
    ("impossible fused operators", { $0.with(blocks: [(0..<3, 0)]) }),
    ("impossible fused operators", { $0.with(blocks: [(0..<3, 1), (2..<5, 1)]) }),
    ("impossible fused operators", { $0.with(blocks: [(3..<5, 1), (0..<3, 1)]) }),
    ("impossible fused operators", { $0.with(blocks: [(9..<900, 1)]) }),
  ]

  @Test("Memory plans that cannot be", arguments: wrongPlans.indices)
  func badPlan(_ index: Int) throws {
    let (reason, change) = RefusalTests.wrongPlans[index]
    var contents = try fullContents()
    contents.plans[1] = change(contents.plans[1])
    #expect(refusal(contents) == .badPlan(index: 1, reason: reason))
  }

  @Test("Preprocessing values that would divide by zero or be infinite, or do not match the colours")
  func badPreprocessing() throws {
    var contents = try fullContents()
    let changes: [(inout Preprocessing) -> Void] = [
      { $0.standardDeviation[1] = 0 }, { $0.standardDeviation[1] = .infinity }, { $0.mean[2] = .nan },
      { $0.mean.removeLast() }, { $0.standardDeviation.append(1) }, { $0.cropFraction = 0 }, { $0.cropFraction = 1.01 },
      { $0.cropFraction = .nan }, { $0.color = .gray },
    ]
    for change in changes {
      contents.preprocessing = try fullContents().preprocessing
      if contents.preprocessing != nil { change(&contents.preprocessing!) }
      #expect(refusal(contents) == .badModel(reason: "preprocessing values out of range"))
    }
  }

  @Test("Checks for another number of operators")
  func badChecks() throws {
    var contents = try fullContents()
    contents.checks.removeLast()
    #expect(
      refusal(contents) == .badModel(reason: "the number of stored checks differs from the number of operators"))
  }

  @Test("More tensors or operators than the limit")
  func tooMany() throws {
    var contents = ModelContents()
    let tensor = ModelContents.Tensor(name: "", dataType: .bool, shape: Shape([]))
    contents.tensors = [ModelContents.Tensor](repeating: tensor, count: Model.maximumCount)
    #expect(refusal(contents) == nil)

    func file(tensors: Int, operators: Int) -> [UInt8] {
      var builder = FlatBufferBuilder()
      let table = builder.table([.reference(builder.string(""))])
      let vectors = [tensors, operators].map { count in
        builder.vector([FlatBufferBuilder.Position](repeating: table, count: count))
      }
      let root = builder.table([.short(1), .absent, .reference(vectors[0]), .reference(vectors[1])])
      return builder.finish(root: root, identifier: "EDGE")
    }
    #expect(refusal(file(tensors: 1, operators: 1)) == nil)
    let limit = Model.maximumCount
    #expect(
      refusal(file(tensors: limit + 1, operators: 1)) == .badModel(reason: "more tensors than this version reads"))
    #expect(
      refusal(file(tensors: 1, operators: limit + 1)) == .badModel(reason: "more operators than this version reads"))
  }
}

extension ModelContents.Tensor {
  fileprivate mutating func quantize(scales: [Float], axis: Int) {
    (self.scales, zeroPoints, self.axis) = (scales, [], axis)
  }
}

extension Model.MemoryPlan {
  fileprivate func with(
    threads: Int? = nil, peak: Int? = nil, tensorOffsets: [Int]? = nil, scratchOffsets: [Int]? = nil,
    blocks: [(operators: Range<Int>, rows: Int)]? = nil
  ) -> Model.MemoryPlan {
    Model.MemoryPlan(
      threads: threads ?? self.threads,
      blocks: blocks?.map { Model.FusedRange(operators: $0.operators, rowsPerGo: $0.rows) } ?? self.blocks,
      peak: peak ?? self.peak,
      tensorOffsets: tensorOffsets ?? self.tensorOffsets, scratchOffsets: scratchOffsets ?? self.scratchOffsets)
  }
}
