import EdgeModel
import EdgeTensor

/// A model of any format as its file has it: what people look at. Nodes that cannot be converted are there and marked.
public struct Inspection: Sendable {
  public enum Format: String, Sendable {
    case tflite = "TensorFlow Lite"
    case onnx = "ONNX"
    case edge = ".edge"
  }

  public struct Tensor: Sendable {
    public var name: String
    /// `int8[1x32x32x3]`, dimensions in the order of the file; a question mark stands for what is not known.
    public var type: String
    public var shape: Shape?
    public var quantization: Graph.Quantization?
    public var isConstant = false
  }

  public struct Node: Sendable {
    /// As the format spells it.
    public var operatorName: String
    public var name: String
    /// Tensor indices; nil stands for an optional input that is left out.
    public var inputs: [Int?]
    public var outputs: [Int]
    public var attributes: [(key: String, value: String)]
    public var parameters: [Parameter]
    /// Products of weights or of two activations; nil if shapes are unknown.
    public var multiplyAccumulateCount: Int?
    /// Why it cannot be converted.
    public var problem: String?

    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
    public var weightByteCount: Int { parameters.reduce(0) { $0 + $1.byteCount } }
  }

  /// A constant operand that training chose.
  public struct Parameter: Sendable {
    /// Index of its tensor; nodes may share one.
    public let tensor: Int
    /// Numbers that it stands for.
    public let count: Int
    /// Bytes of it in the file.
    public let byteCount: Int
  }

  public let format: Format
  /// The model's own name; may be empty.
  public let name: String
  public let byteCount: Int
  public internal(set) var tensors: [Tensor] = []
  /// In the order of execution.
  public internal(set) var nodes: [Node] = []
  public internal(set) var inputs: [Int] = []
  public internal(set) var outputs: [Int] = []
  /// What a conversion would have to say.
  public internal(set) var notes: [String] = []

  init(format: Format, name: String, byteCount: Int) {
    self.format = format
    self.name = name
    self.byteCount = byteCount
  }

  /// Each parameter once, however many nodes share it.
  private var uniqueParameters: [Parameter] {
    Dictionary(nodes.flatMap { $0.parameters }.map { ($0.tensor, $0) }, uniquingKeysWith: { first, _ in first })
      .values.map { $0 }
  }

  public var parameterCount: Int { uniqueParameters.reduce(0) { $0 + $1.count } }
  public var weightByteCount: Int { uniqueParameters.reduce(0) { $0 + $1.byteCount } }
  public var multiplyAccumulateCount: Int {
    nodes.reduce(0) { $0.addingReportingOverflow($1.multiplyAccumulateCount ?? 0).partialValue }
  }
  public var problemCount: Int { nodes.count { $0.problem != nil } }

  /// By tensor: the node that writes it, or nil.
  public var producers: [Int?] {
    var producers = [Int?](repeating: nil, count: tensors.count)
    for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    return producers
  }

  /// Reads a model of any format.
  /// - Parameter folder: as for `Converter.source`.
  /// - Throws: what reading the file throws; not that nodes cannot be converted.
  public static func read(_ file: ModelBytes, folder: String? = nil) throws(QuantError) -> Inspection {
    var inspection: Inspection
    if RunnableModel.isEdge(file) {
      let model: Model
      do throws(ModelError) { model = try Model(file) } catch { throw .model(error) }
      return Inspection(Graph(model), .edge, byteCount: model.byteCount)
    } else if ONNXImporter.recognizes(file) {
      inspection = try ONNXImporter.inspection(of: file, folder: folder)
    } else {
      var report = Report()
      let graph = try TFLiteImporter.graph(from: file, report: &report)
      inspection = Inspection(graph, refused: report.problems, .tflite, byteCount: file.bytes.count)
    }
    inspection.mark(file, folder)
    return inspection
  }

  /// Tries a conversion and marks what it refuses.
  private mutating func mark(_ file: ModelBytes, _ folder: String?) {
    var report = Report()
    defer { notes += report.notes }
    do throws(QuantError) {
      _ = try Converter.lowered(try Converter.source(file, folder: folder, report: &report), report: &report)
    } catch {
      guard case .unsupported(let problems) = error else { return notes.append("cannot be converted: \(error)") }
      for problem in problems where nodes.indices.contains(problem.source.index) {
        let known = nodes[problem.source.index].problem
        if known?.contains(problem.reason) != true {
          nodes[problem.source.index].problem = [known, problem.reason].compactMap { $0 }.joined(separator: "; ")
        }
      }
    }
  }
}
