import EdgeModel

/// The one list of all operators.
public struct OperatorRegistry: Sendable {
  public static let standard = OperatorRegistry([
    .add,
    .argMax,
    .argMin,
    .averagePool2D,
    .batchMatMul,
    .broadcastTo,
    .cast,
    .concatenation,
    .conv2D,
    .depthToSpace,
    .depthwiseConv2D,
    .dequantize,
    .div,
    .elu,
    .exp,
    .expandDims,
    .floor,
    .floorDiv,
    .fullyConnected,
    .gather,
    .gatherND,
    .gelu,
    .hardSwish,
    .l2Normalization,
    .leakyRelu,
    .log,
    .logistic,
    .logSoftmax,
    .maximum,
    .maxPool2D,
    .mean,
    .minimum,
    .mirrorPad,
    .mul,
    .pack,
    .pad,
    .padV2,
    .prelu,
    .quantize,
    .reduceMax,
    .reduceMin,
    .relu,
    .relu0To1,
    .relu6,
    .reluN1To1,
    .reshape,
    .resizeBilinear,
    .resizeNearestNeighbor,
    .rsqrt,
    .slice,
    .softmax,
    .spaceToDepth,
    .split,
    .splitV,
    .sqrt,
    .squaredDifference,
    .squeeze,
    .stridedSlice,
    .sub,
    .sum,
    .swish,
    .tanh,
    .transpose,
    .transposeConv,
    .unpack,
  ])

  public let definitions: [OperatorDefinition]

  /// No name may occur twice. Nothing is computed here, so that the standard list needs no code to set it up.
  public init(_ definitions: [OperatorDefinition]) { self.definitions = definitions }

  public subscript(name: String) -> OperatorDefinition? {
    definitions.first { name.hasSameBytes(as: $0.name) }
  }
}
