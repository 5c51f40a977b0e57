import EdgeModel
import EdgeRuntime
import EdgeTensor

/// A model of any format, ready to run in this process.
public struct RunnableModel: Sendable {
  /// For people: its path.
  public let name: String
  public let model: Model
  /// How a picture becomes its first input; nil if nothing says so.
  public let preprocessing: Preprocessing?
  /// Names by class; empty if there are none.
  public var labels: [String]
  /// Of the file it came from; for a graph, of the `.edge` contents without plans.
  public let fileByteCount: Int

  /// - Parameter graph: in the form that the runtime executes; see `Converter.lowered`.
  public init(
    _ graph: Graph, name: String, preprocessing: Preprocessing? = nil, labels: [String] = []
  ) throws(QuantError) {
    let model = try Converter.model(graph.contents())
    self.init(
      name: name, model: model, preprocessing: preprocessing, labels: labels, fileByteCount: model.byteCount)
  }

  private init(name: String, model: Model, preprocessing: Preprocessing?, labels: [String], fileByteCount: Int) {
    self.name = name
    self.model = model
    self.preprocessing = preprocessing
    self.labels = labels
    self.fileByteCount = fileByteCount
  }

  /// Loads an `.edge` file, or converts a model of a source format in memory.
  /// - Parameters:
  ///   - folder: as for `Converter.source`.
  ///   - choice: for sources alone; an `.edge` file has its own preprocessing.
  ///   - labelFile: names of classes instead of those in the file.
  /// - Throws: as `Converter`, and `badPreprocessing` where `choice` is about an `.edge` file.
  public static func load(
    _ file: ModelBytes, name: String, folder: String? = nil,
    preprocessing choice: PreprocessingChoice = PreprocessingChoice(),
    labelFile: [UInt8]? = nil, report: inout Report
  ) throws(QuantError) -> RunnableModel {
    let model: Model
    var preprocessing: Preprocessing?
    if isEdge(file) {
      guard choice.isEmpty else {
        throw .badPreprocessing(
          "an .edge file has its own preprocessing; convert its source again with other flags to change it")
      }
      do throws(ModelError) { model = try Model(file) } catch { throw .model(error) }
      preprocessing = model.preprocessing
    } else {
      var ownReport = Report()
      let graph = try Converter.lowered(
        try Converter.source(file, folder: folder, report: &ownReport), report: &ownReport)
      model = try Converter.model(graph.contents())
      if let input = graph.inputTypes.first { preprocessing = try choice.resolved(for: input, report: &ownReport) }
      for note in ownReport.notes { report.note("\(name): \(note)") }
    }
    var labels = (0..<model.labelCount).map { model.label($0) ?? "" }
    if let labelFile {
      let output = model.outputs.first.flatMap { TopScores(model.tensors[$0].type, count: 1) }
      labels = try Labels.parse(labelFile, classCount: output?.classCount, report: &report)
    }
    return RunnableModel(
      name: name, model: model, preprocessing: preprocessing, labels: labels, fileByteCount: file.bytes.count)
  }

  /// Whether a file is of the `.edge` format, as far as its first bytes say.
  public static func isEdge(_ file: ModelBytes) -> Bool {
    file.bytes.count >= 8 && file.bytes[4..<8].elementsEqual("EDGE".utf8)
  }

  /// Elements of its first output if that is one row of scores, else nil.
  public var classCount: Int? {
    model.outputs.first.flatMap { TopScores(model.tensors[$0].type, count: 1)?.classCount }
  }

  /// Whether its first input are codes, whose scale tells how pictures were prepared.
  public var hasQuantizedInput: Bool {
    model.inputs.first.map { model.tensors[$0].type.dataType != .float32 } ?? false
  }

  /// Whether it chooses among classes.
  public var isClassifier: Bool { (classCount ?? 0) > 1 }

  /// Its first input, which data are for.
  /// - Throws: `data` if it has several inputs.
  func encoder() throws(QuantError) -> InputEncoder {
    guard model.inputs.count == 1 else {
      throw .data(.model(reason: "\(name) has \(model.inputs.count) inputs; data is for models with exactly one"))
    }
    do throws(DataError) {
      return try InputEncoder(model.tensors[model.inputs[0]].type, preprocessing: preprocessing)
    } catch {
      throw .data(error)
    }
  }
}
