/// One node of the source model that cannot be converted, and why.
public struct NodeProblem: Sendable, CustomStringConvertible {
  public let nodeName: String
  public let source: Graph.Source
  /// What was refused, its tensors numbered as in the graph at that time; nil if the graph never had it.
  let node: Graph.Node?
  /// A sentence without a full stop; says what is supported where that helps.
  public let reason: String

  public init(_ node: Graph.Node, _ reason: String) {
    self.init(nodeName: node.name, source: node.source, node: node, reason: reason)
  }

  public init(nodeName: String, source: Graph.Source, reason: String) {
    self.init(nodeName: nodeName, source: source, node: nil, reason: reason)
  }

  private init(nodeName: String, source: Graph.Source, node: Graph.Node?, reason: String) {
    self.nodeName = nodeName
    self.source = source
    self.node = node
    self.reason = reason
  }

  public var description: String {
    let operands = "(\(source.inputs.joined(separator: ", "))) -> \(source.outputs.joined(separator: ", "))"
    return "operator \(source.index) \(source.operatorName) \"\(nodeName)\" \(operands): \(reason)"
  }
}

/// What a conversion has to tell besides its result.
public struct Report: Sendable {
  /// Choices made and things left out, one sentence each and each once, in the order in which they happened.
  public private(set) var notes: [String] = []
  public private(set) var problems: [NodeProblem] = []

  public init() {}

  public mutating func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }
  public mutating func refuse(_ problem: NodeProblem) { problems.append(problem) }
  public mutating func refuse(_ node: Graph.Node, _ reason: String) { problems.append(NodeProblem(node, reason)) }
}
