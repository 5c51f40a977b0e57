/// One rewriting of a graph. A pass leaves a valid graph; nodes that it cannot handle it removes and reports.
public struct Pass: Sendable {
  public let name: String
  public let apply: @Sendable (inout Graph, inout Report) -> Void

  public init(_ name: String, apply: @escaping @Sendable (inout Graph, inout Report) -> Void) {
    self.name = name
    self.apply = apply
  }

  /// What turns an imported graph into the form that quantization and pruning work on, in this order: every shape is known, what
  /// is constant is computed, and operators have the operands of TensorFlow Lite.
  public static let canonical: [Pass] =
    [.dequantizeConstants, .inferShapes, .removeDeadCode, .cancelTransposes]
    + simplification + [.composeAffine, .inferShapes, .removeDeadCode]

  /// What an ONNX graph, whose shapes are known, needs before that: its quantized operators are still written as float32 ones.
  public static let onnx: [Pass] =
    [.recenterUInt8, .removeDeadCode, .cancelTransposes, .removeDeadCode]
    + simplification + [.fuseQuantization, .removeDeadCode]

  /// Fewer nodes for the same numbers.
  private static let simplification: [Pass] = [
    .composeActivations, .composeRectifiers, .foldBatchNorm, .fuseActivations, .foldPad,
  ]

  /// What turns that form into one that the runtime executes, in this order.
  public static let lowering: [Pass] = [
    .recenterUInt8,
    .simplifyQuantize,
    .tabulateActivations,
    .lowerChannelScales,
    .lowerWeights,
    .removeDeadCode,
    .inferShapes,
    .removeDeadCode,
  ]

  /// The reverse of `lowering`: what turns the network of an `.edge` file into operators that TensorFlow Lite has.
  static let raising: [Pass] = [
    .raiseWeights,
    .raiseTables,
    .raiseOperands,
    .padExplicitly,
    .restoreUInt8,
    .narrowIndices,
    .removeDeadCode,
  ]
}

extension Graph {
  public mutating func run(_ passes: [Pass], report: inout Report) {
    for pass in passes { pass.apply(&self, &report) }
  }

  /// Calls `body` for every node in order and keeps those for which it returns true; where it throws, the node is reported and
  /// removed.
  mutating func filterNodes(
    _ report: inout Report, _ body: (inout Graph, inout Node) throws(Refusal) -> Bool
  ) {
    var kept: [Node] = []
    kept.reserveCapacity(nodes.count)
    for var node in nodes {
      do throws(Refusal) {
        if try body(&self, &node) { kept.append(node) }
      } catch {
        report.refuse(node, error.reason)
      }
    }
    nodes = kept
  }
}
