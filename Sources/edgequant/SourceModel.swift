import EdgeModel
import EdgeQuant

/// A trained network as a command was given it, and what goes into its `.edge` file besides.
struct SourceModel {
  let fileName: String
  let fileHash: UInt64
  /// In source form.
  let graph: Graph
  /// As the runtime executes it.
  let lowered: Graph
  /// With labels, preprocessing and origin.
  var converter = Converter()

  /// - Throws: `unsupported` with every node that cannot be converted, and whatever the file, the labels or the preprocessing lack.
  init(
    _ file: ModelBytes, path: String, labelFile: [UInt8]?, preprocessing: PreprocessingChoice, report: inout Report
  ) throws(QuantError) {
    fileName = Files.name(path)
    fileHash = xxh64(file.bytes)
    var graph = try Converter.source(file, folder: Files.folder(path), report: &report)
    graph.name = Files.stem(path)
    self.graph = graph
    lowered = try Converter.lowered(graph, report: &report)
    if let input = graph.inputTypes.first {
      converter.preprocessing = try preprocessing.resolved(for: input, report: &report)
    }
    if let labelFile {
      converter.labels = try Labels.parse(labelFile, classCount: graph.classCount, report: &report)
    }
    converter.origin.fileName = fileName
    converter.origin.fileHash = fileHash
    converter.origin.tool = "edgequant \(PackageVersion.text)"
  }

  /// Names the file in a recipe.
  var hashText: String { String(fileHash, radix: 16) }

  /// - Parameter lowered: this network, or one made of it, as the runtime executes it.
  func runnable(_ lowered: Graph) throws(QuantError) -> RunnableModel {
    try RunnableModel(lowered, name: fileName, preprocessing: converter.preprocessing, labels: converter.labels)
  }

  func evaluate(
    _ lowered: Graph, _ data: Dataset, _ workers: Workers, _ report: inout Report
  ) throws(QuantError) -> Evaluation {
    try Evaluator(try runnable(lowered)).evaluate(data, workers: workers, report: &report)
  }

  /// Samples as inputs of the network.
  func samples(_ data: Dataset, limit: Int, _ report: inout Report) throws(QuantError) -> CalibrationSet {
    try CalibrationSet(data, for: graph, preprocessing: converter.preprocessing, limit: limit, report: &report)
  }

  func quantizer(_ options: CalibrationOptions) -> Quantizer {
    var quantizer = Quantizer()
    quantizer.io = options.io
    quantizer.workers = options.threads.workers
    quantizer.inputRange = converter.preprocessing?.range
    return quantizer
  }
}
