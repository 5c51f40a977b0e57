import EdgeKernels
import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

func load(_ bytes: [UInt8]) throws(ModelError) -> Model { try Model(ModelBytes(copying: bytes)) }

func load(_ contents: ModelContents) throws(ModelError) -> Model { try load(contents.encoded()) }

/// Why contents are refused; nil if they are not.
func refusal(_ contents: ModelContents) -> ModelError? { refusal(contents.encoded()) }

func refusal(_ bytes: [UInt8]) -> ModelError? {
  do throws(ModelError) {
    _ = try load(bytes)
    return nil
  } catch {
    return error
  }
}

/// The sample network with something in every field of the format, sparse weights and memory plans with a fused block for one and two
/// threads included.
func fullContents() throws -> ModelContents {
  var contents = SampleModel().contents
  contents.tensors[1].scales = [0.5]
  contents.tensors[1].zeroPoints = [-128]
  contents.labels = ["null", "ein", "", "drei 🙂", "four"]
  contents.preprocessing = Preprocessing(
    color: .bgr, crop: .center, cropFraction: 0.875, mean: [103.5, 116.25, 123.75], standardDeviation: [1, -2, 0.5])
  contents.testSeed = 0xFEDC_BA98_7654_3210
  contents.checks = contents.operators.indices.map {
    Model.Check(hash: .max - UInt64($0), minimum: -1.5, maximum: Double($0) + 0.25, mean: 1e-300)
  }
  contents.origin.fileName = "a.tflite"
  contents.origin.fileHash = 0x0123_4567_89AB_CDEF
  contents.origin.tool = "edgequant 0.1.0"
  contents.origin.recipe = "edgequant convert a.tflite -o \"b c.edge\""
  try contents.makeSparse()
  let model = try load(contents)
  contents.plans = try [1, 2].map { threads in
    try Plan(model, threads: threads) { _, _, finder in finder.candidates().suffix(1) }.memory
  }
  return contents
}

extension ModelContents {
  /// Makes every third block of the dense layer's weights zero, and stores the others. Its input's zero point is 0, so that its channel
  /// constants stay right.
  fileprivate mutating func makeSparse() throws {
    let index = operators[operators.count - 1].inputs[1]
    var weights = (tensors[index].data ?? []).map { Int8(bitPattern: $0) }
    for block in stride(from: 1, to: weights.count / 64, by: 3) {
      weights.replaceSubrange((64 * block)..<(64 * block + 64), with: [Int8](repeating: 0, count: 64))
    }
    let sparse = try #require(PackedWeights.sparse(weights, outputs: tensors[index].shape[0]))
    tensors[index].layout = .o16k4Sparse
    tensors[index].data = sparse.weights.map { UInt8(bitPattern: $0) }
    tensors[index].sparse = sparse.blocks
  }

  /// Reads every field back. Zero points of tensors quantized along an axis are not kept by `Model`.
  init(_ model: Model) {
    self.init()
    name = model.name
    tensors = model.tensors.indices.map { index in
      let tensor = model.tensors[index]
      return Tensor(
        name: model.tensorName(index), dataType: tensor.type.dataType, shape: tensor.type.shape, layout: tensor.layout,
        scales: model.scales(index), zeroPoints: tensor.type.quantization.map { [$0.zeroPoint] } ?? [],
        axis: tensor.channelAxis ?? 0, data: model.constant(index).map { [UInt8]($0) }, sparse: tensor.sparse?.blocks)
    }
    operators = model.operators.enumerated().map { index, step in
      Operator(
        name: step.name, node: model.nodeName(index), inputs: step.inputs, outputs: step.outputs,
        attributes: model.attributes(index))
    }
    inputs = model.inputs
    outputs = model.outputs
    labels = (0..<model.labelCount).map { model.label($0) ?? "none" }
    preprocessing = model.preprocessing
    plans = model.plans.map { try! model.memoryPlan($0) }
    testSeed = model.testSeed
    checks = model.checks
    origin = model.origin
  }

  /// Every field, nested ones included, as text: the fields are found by reflection, so none can be forgotten.
  var text: String {
    var text = ""
    dump(self, to: &text)
    return text
  }
}
