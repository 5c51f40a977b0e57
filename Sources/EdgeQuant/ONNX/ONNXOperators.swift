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
    .init("Abs", absolute),
    .init("Add", binary("add")),
    .init("And", compare { $0 != 0 && $1 != 0 }),
    .init("ArgMax", argExtreme("arg_max")),
    .init("ArgMin", argExtreme("arg_min")),
    .init("AveragePool", averagePool),
    .init("BatchNormalization", batchNormalization),
    .init("Cast", cast),
    .init("CastLike", castLike),
    .init("Ceil", compute({ $0 }, { $0.rounded(.up) })),
    .init("Clip", clip),
    .init("Concat", concat),
    .init("Constant", constant),
    .init("ConstantOfShape", constantOfShape),
    .init("Conv", conv),
    .init("ConvTranspose", convTranspose),
    .init("DepthToSpace", depthToSpace),
    .init("DequantizeLinear", dequantizeLinear),
    .init("Div", divide),
    .init("Dropout", identity),
    .init("Elu", elu),
    .init("Equal", compare { $0 == $1 }),
    .init("Exp", unary("exp")),
    .init("Expand", expand),
    .init("Flatten", flatten),
    .init("Floor", unary("floor")),
    .init("Gather", gather),
    .init("Gelu", gelu),
    .init("Gemm", gemm),
    .init("GlobalAveragePool", globalPool("mean")),
    .init("GlobalMaxPool", globalPool("reduce_max")),
    .init("Greater", compare { $0 > $1 }),
    .init("GreaterOrEqual", compare { $0 >= $1 }),
    .init("GroupNormalization", groupNormalization),
    .init("HardSigmoid", hardSigmoid),
    .init("HardSwish", unary("hard_swish")),
    .init("Identity", identity),
    .init("InstanceNormalization", instanceNormalization),
    .init("LRN", localResponseNormalization),
    .init("LayerNormalization", layerNormalization),
    .init("LeakyRelu", leakyRelu),
    .init("Less", compare { $0 < $1 }),
    .init("LessOrEqual", compare { $0 <= $1 }),
    .init("Log", unary("log")),
    .init("LogSoftmax", softmax("log_softmax")),
    .init("LpNormalization", lpNormalization),
    .init("MatMul", matMul),
    .init("Max", fold("maximum")),
    .init("MaxPool", maxPool),
    .init("Mean", mean),
    .init("Min", fold("minimum")),
    .init("Mish", mish),
    .init("Mul", binary("mul")),
    .init("Neg", negative),
    .init("Or", compare { $0 != 0 || $1 != 0 }),
    .init("PRelu", pRelu),
    .init("Pad", pad),
    .init("Pow", power),
    .init("QLinearConv", qLinearConv),
    .init("QLinearMatMul", qLinearMatMul),
    .init("QuantizeLinear", quantizeLinear),
    .init("Range", range),
    .init("Reciprocal", reciprocal),
    .init("ReduceL2", reduceSquares(root: true)),
    .init("ReduceMax", reduce("reduce_max", axesInputSince: 18)),
    .init("ReduceMean", reduce("mean", axesInputSince: 18)),
    .init("ReduceMin", reduce("reduce_min", axesInputSince: 18)),
    .init("ReduceProd", reduceProduct),
    .init("ReduceSum", reduce("sum", axesInputSince: 13)),
    .init("ReduceSumSquare", reduceSquares(root: false)),
    .init("Relu", unary("relu")),
    .init("Reshape", reshape),
    .init("Resize", resize),
    .init("Selu", selu),
    .init("Shape", shape),
    .init("Sigmoid", unary("logistic")),
    .init("Size", size),
    .init("Slice", slice),
    .init("Softmax", softmax("softmax")),
    .init("Softplus", softplus),
    .init("Softsign", softsign),
    .init("SpaceToDepth", spaceToDepth),
    .init("Split", split),
    .init("Sqrt", unary("sqrt")),
    .init("Squeeze", squeeze),
    .init("Sub", binary("sub")),
    .init("Sum", fold("add")),
    .init("Tanh", unary("tanh")),
    .init("Tile", tile),
    .init("Transpose", transpose),
    .init("Unsqueeze", unsqueeze),
    .init("Upsample", resize),
    .init("Where", choose),
    .init("DequantizeLinear", isMicrosoft: true, dequantizeLinear),
    .init("FastGelu", isMicrosoft: true, fastGelu),
    .init("FusedConv", isMicrosoft: true, fusedConv),
    .init("FusedGemm", isMicrosoft: true, fusedGemm),
    .init("Gelu", isMicrosoft: true, gelu),
    .init("NhwcMaxPool", isMicrosoft: true, nhwcMaxPool),
    .init("QGemm", isMicrosoft: true, qGemm),
    .init("QLinearAdd", isMicrosoft: true, qLinearBinary("add")),
    .init("QLinearAveragePool", isMicrosoft: true, qLinearAveragePool),
    .init("QLinearConcat", isMicrosoft: true, qLinearConcat),
    .init("QLinearConv", isMicrosoft: true, qLinearConv),
    .init("QLinearGlobalAveragePool", isMicrosoft: true, qLinearGlobalAveragePool),
    .init("QLinearLeakyRelu", isMicrosoft: true, qLinearLeakyRelu),
    .init("QLinearMul", isMicrosoft: true, qLinearBinary("mul")),
    .init("QLinearReduceMean", isMicrosoft: true, qLinearReduceMean),
    .init("QLinearSigmoid", isMicrosoft: true, qLinearSigmoid),
    .init("QLinearSoftmax", isMicrosoft: true, qLinearSoftmax),
    .init("QuantizeLinear", isMicrosoft: true, quantizeLinear),
    .init("QuickGelu", isMicrosoft: true, quickGelu),
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
