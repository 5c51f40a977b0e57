import EdgeModel

/// The one list of all operators.
public struct OperatorRegistry: Sendable {
  public static let standard = OperatorRegistry([
    .add,
    .argMax,
    .argMin,
    .batchMatMul,
    .broadcastTo,
    .concatenation,
    .conv2D,
    .depthToSpace,
    .depthwiseConv2D,
    .expandDims,
    .fullyConnected,
    .gather,
    .gatherND,
    .mirrorPad,
    .pack,
    .pad,
    .padV2,
    .reshape,
    .resizeBilinear,
    .resizeNearestNeighbor,
    .slice,
    .spaceToDepth,
    .split,
    .splitV,
    .squeeze,
    .stridedSlice,
    .transpose,
    .transposeConv,
    .unpack,
  ])

  public let definitions: [OperatorDefinition]

  /// - Precondition: no name occurs twice.
  public init(_ definitions: [OperatorDefinition]) {
    for (index, definition) in definitions.enumerated() {
      for other in definitions[..<index] {
        precondition(!definition.name.description.hasSameBytes(as: other.name), "an operator is listed twice")
      }
    }
    self.definitions = definitions
  }

  public subscript(name: String) -> OperatorDefinition? {
    definitions.first { name.hasSameBytes(as: $0.name) }
  }
}
