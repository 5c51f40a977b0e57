import EdgeKernels
import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Networks with pruned weights give the same bytes whether their blocks of zeros are stored or not.
@Suite struct SparseWeightTests {
  /// What this CPU has, less what is faster.
  static let cpus: [CPUFeatures] = [.detected, CPUFeatures.detected.intersection([.avx2, .neon]), []]

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `random networks give the same bytes from dense and sparse weights`(seed: UInt64) throws {
    // Every second without −128, which some kernels cannot take.
    let dense = RandomChain(seed: seed).contents.pruned(seed: seed, smallest: seed % 2 == 0 ? -128 : -127)
    let sparse = try dense.withSparseWeights()
    let byteCounts = [dense, sparse].map { $0.tensors.reduce(0) { $0 + ($1.data?.count ?? 0) } }
    #expect(byteCounts[1] < byteCounts[0])
    let expected = try outputs(of: dense, Plan(model(dense), fuses: false))
    for cpu in SparseWeightTests.cpus {
      for threads in [1, 3] {
        for fuses in [false, true] {
          let plan = try Plan(model(sparse), threads: threads, fuses: fuses, cpu: cpu)
          #expect(try outputs(of: sparse, plan) == expected, "\(cpu.description), \(threads) threads, fuses: \(fuses)")
        }
      }
    }
  }

  @Test func `a plan names the variant for sparse weights`() throws {
    let sparse = try RandomChain(seed: 3).contents.pruned(seed: 3, smallest: -128).withSparseWeights()
    let plan = try Plan(model(sparse), fuses: false)
    let names = sparse.operators.indices.filter { sparse.operators[$0].name == "conv_2d" }.map {
      plan.summary(step: $0).kernel
    }
    #expect(!names.isEmpty && names.allSatisfy { $0.description.contains("-sparse") })
  }

  @Test func `a grouped convolution refuses sparse weights`() throws {
    var contents = ModelContents()
    func tensor(_ dataType: DataType, _ extents: [Int], _ data: [UInt8]? = nil) -> ModelContents.Tensor {
      ModelContents.Tensor(
        name: "", dataType: dataType, shape: Shape(extents), scales: dataType == .int8 ? [1] : [],
        zeroPoints: dataType == .int8 ? [0] : [], data: data)
    }
    contents.tensors = [
      tensor(.int8, [1, 2, 2, 8]), tensor(.int8, [2, 1, 1, 4], [UInt8](repeating: 1, count: 64)),
      tensor(.int32, [4, 16], [UInt8](repeating: 0, count: 256)), tensor(.int8, [1, 2, 2, 2]),
    ]
    contents.tensors[1].layout = .o16k4Sparse
    contents.tensors[1].sparse = SparseBlocks(starts: [0, 1], groups: [0])
    contents.operators = [
      ModelContents.Operator(
        name: "conv_2d", node: "", inputs: [0, 1, 2], outputs: [3],
        attributes: Attributes([Attribute("padding", text: "same"), Attribute("accumulator_bound", ints: [1 << 20])]))
    ]
    (contents.inputs, contents.outputs) = ([0], [3])
    let error = #expect(throws: LoadError.self) { try Plan(model(contents)) }
    #expect(error.map { "\($0)" }?.contains("sparse, but the convolution is grouped") == true)
  }

  private func model(_ contents: ModelContents) throws -> Model {
    try Model(ModelBytes(copying: contents.encoded()))
  }

  private func outputs(of contents: ModelContents, _ plan: Plan) throws -> [[UInt8]] {
    let interpreter = try Interpreter(plan)
    SelfTest.fillInputs(interpreter, seed: 5)
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
  }
}

extension ModelContents {
  /// Makes about two of three blocks of all weights in `o16k4` zero. Channel constants stay: they are no more than constants.
  fileprivate func pruned(seed: UInt64, smallest: Int8) -> ModelContents {
    var (contents, random) = (self, SplitMix64(seed: seed))
    for index in tensors.indices where tensors[index].layout == .o16k4 {
      var data = tensors[index].data ?? []
      for position in data.indices {
        data[position] = UInt8(bitPattern: max(Int8(bitPattern: data[position]), smallest))
      }
      for block in 0..<(data.count / 64) where block == 0 || random.int(in: 0...2) > 0 {
        data.replaceSubrange((64 * block)..<(64 * block + 64), with: [UInt8](repeating: 0, count: 64))
      }
      contents.tensors[index].data = data
    }
    return contents
  }

  fileprivate func withSparseWeights() throws -> ModelContents {
    var contents = self
    for index in tensors.indices where tensors[index].layout == .o16k4 {
      let weights = (tensors[index].data ?? []).map { Int8(bitPattern: $0) }
      let sparse = try #require(PackedWeights.sparse(weights, outputs: tensors[index].shape[0]))
      contents.tensors[index].layout = .o16k4Sparse
      contents.tensors[index].data = sparse.weights.map { UInt8(bitPattern: $0) }
      contents.tensors[index].sparse = sparse.blocks
    }
    return contents
  }
}
