/// An operator of ONNX files: how a node of it becomes nodes of the graph.
struct ONNXOperator: Sendable {
  /// Adds what the node means to the graph and returns the tensors of its outputs, in order.
  typealias Add = @Sendable (ONNXNode, inout ONNXBuilder) throws(Refusal) -> [Int]

  let name: String
  /// Of Microsoft's operators (`com.microsoft`), which onnxruntime's quantizer writes, instead of the standard ones.
  let isMicrosoft: Bool
  let add: Add

  private init(_ name: String, isMicrosoft: Bool = false, _ add: @escaping Add) {
    self.name = name
    self.isMicrosoft = isMicrosoft
    self.add = add
  }

  /// Every operator that can be imported, one line each.
  static let all: [ONNXOperator] = [
    .init("Add", binary("add")),
    .init("AveragePool", averagePool),
    .init("BatchNormalization", batchNormalization),
    .init("Clip", clip),
    .init("Concat", concat),
    .init("Constant", constant),
    .init("Conv", conv),
    .init("DequantizeLinear", dequantizeLinear),
    .init("Div", binary("div")),
    .init("Dropout", identity),
    .init("Flatten", flatten),
    .init("Gemm", gemm),
    .init("GlobalAveragePool", globalPool("mean")),
    .init("GlobalMaxPool", globalPool("reduce_max")),
    .init("Identity", identity),
    .init("MatMul", matMul),
    .init("Max", fold("maximum")),
    .init("MaxPool", maxPool),
    .init("Min", fold("minimum")),
    .init("Mul", binary("mul")),
    .init("QuantizeLinear", quantizeLinear),
    .init("ReduceMax", reduce("reduce_max", axesInputSince: 18)),
    .init("ReduceMean", reduce("mean", axesInputSince: 18)),
    .init("ReduceMin", reduce("reduce_min", axesInputSince: 18)),
    .init("ReduceSum", reduce("sum", axesInputSince: 13)),
    .init("Relu", unary("relu")),
    .init("Reshape", reshape),
    .init("Sigmoid", unary("logistic")),
    .init("Softmax", softmax("softmax")),
    .init("Sub", binary("sub")),
    .init("Tanh", unary("tanh")),
    .init("Transpose", transpose),
  ]

  private static let standard = Dictionary(uniqueKeysWithValues: all.filter { !$0.isMicrosoft }.map { ($0.name, $0) })
  private static let microsoft = Dictionary(uniqueKeysWithValues: all.filter { $0.isMicrosoft }.map { ($0.name, $0) })

  static func find(_ node: ONNX_NodeProto) throws(Refusal) -> ONNXOperator {
    if ONNXFile.isStandard(node.domain) {
      if let operation = standard[node.opType] { return operation }
    } else if node.domain == "com.microsoft" {
      if let operation = microsoft[node.opType] { return operation }
    }
    throw Refusal(ONNXRefusals.reason(node))
  }
}
