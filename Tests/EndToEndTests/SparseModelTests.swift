import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Real networks, three quarters of whose blocks of weights are made zero, converted dense and sparse.
@Suite struct SparseModelTests {
  static let models: Set<String> = [
    "vww_96_int8.tflite", "pretrainedResnet_quant.tflite", "kws_ref_model.tflite", "ad01_int8.tflite",
  ]
  static let cases = Manifest.sharedCases("goldens").filter { models.contains($0.model) }

  @Test(.needsSharedData, arguments: cases)
  func `pruned networks give the same bytes from a smaller file`(_ test: Manifest.Case) throws {
    let graph = try pruned(test.model)
    let (dense, sparse) = (try converted(graph, .never), try converted(graph, .auto))
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: try TestData.shared("goldens")) }
    let expected = try run(Plan(dense, fuses: false), inputs)
    for threads in [1, 2, 4] {
      for fuses in [false, true] {
        let plan = try Plan(sparse, threads: threads, fuses: fuses)
        #expect(try run(plan, inputs) == expected, "\(threads) threads, fuses: \(fuses)")
      }
    }
    let weights = dense.tensors.filter { $0.layout == .o16k4 }.reduce(0) { $0 + ($1.data?.count ?? 0) }
    // Two bytes of index for each 64 stored, and what pads constants to 64 bytes.
    #expect(dense.byteCount - sparse.byteCount > weights * 7 / 10)
    // What `edgeinfer verify` compares was computed by other kernels.
    #expect(dense.checks == sparse.checks && !sparse.checks.isEmpty)
  }

  /// The person detector came with channels that training made useless.
  @Test(.needsSharedData, arguments: [("pretrainedResnet_quant", 0), ("vww_96_int8", 3)])
  func `weights are stored dense but where enough blocks are zero`(_ name: String, _ sparseCount: Int) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(name).tflite")).conversion.model
    #expect(model.tensors.count { $0.sparse != nil } == sparseCount)
  }

  /// The converted graph of a model with zeros in its weights: blocks of 16 output channels by 4 values of depth, by chance.
  private func pruned(_ name: String) throws -> Graph {
    var report = Report()
    let file = ModelBytes(copying: try TestData.bytes(try TestData.shared("models/\(name)")))
    var graph = try TFLiteImporter.graph(from: file, report: &report)
    var random = SplitMix64(seed: 7)
    for node in graph.nodes where ["conv_2d", "fully_connected"].contains(node.operatorName) {
      let index = try #require(node.inputs[1])
      let shape = try #require(graph.tensors[index].shape)
      let (outputs, rows) = (shape[0], shape.rank == 4 ? shape[1] : 1)
      let rowDepth = shape.elementCount / outputs / rows
      var data = try #require(graph.tensors[index].data)
      for first in stride(from: 0, to: outputs, by: 16) {
        for row in 0..<rows {
          for k in stride(from: 0, to: rowDepth, by: 4) where random.int(in: 0...3) > 0 {
            for o in first..<min(first + 16, outputs) {
              for i in k..<min(k + 4, rowDepth) { data[(o * rows + row) * rowDepth + i] = 0 }
            }
          }
        }
      }
      graph.tensors[index].data = data
    }
    graph.run(Pass.canonical + Pass.lowering, report: &report)
    return graph
  }

  private func converted(_ graph: Graph, _ storage: SparseStorage) throws -> Model {
    var (converter, report) = (Converter(), Report())
    converter.sparse = storage
    return try converter.convert(graph, report: &report).model
  }

  private func run(_ plan: Plan, _ inputs: [[UInt8]]) throws -> [[UInt8]] {
    let interpreter = try Interpreter(plan)
    try ConvertedModel.fill(interpreter, inputs)
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
  }
}
