import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeTensor

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert an ONNX or TensorFlow Lite model to an .edge file.",
    usage: "edgequant convert <model> -o <model.edge> [options]",
    discussion: """
      Quantized (int8, uint8) and float32 models are converted; the types of inputs and outputs stay. The file holds \
      weights, labels, preprocessing, memory plans and a self-test: all that edgeinfer needs.

      ONNX models (opsets 11 to 20) may be float, QDQ or QLinear; an open batch dimension becomes 1, and an input that \
      is an NCHW picture becomes NHWC. Constants in files beside the model are found.

      Examples:
        edgequant convert net.onnx -o net.edge --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375
        edgequant convert net.tflite -o net.edge --labels labels.txt
      """)

  @Argument(help: ArgumentHelp("The model to convert, an .onnx or .tflite file.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "model.edge"))
  var output: String

  @Option(
    name: .shortAndLong, help: "Class names: one a line, 'index name', or 'n01440764 name' (ImageNet's synset numbers)."
  )
  var labels: String?

  @OptionGroup var preprocessing: PreprocessingOptions

  @Option(help: "Leave blocks of zeros out of pruned int8 weights: where it saves time and space, always, or never.")
  var sparse = SparseStorage.auto

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Also print the converted graph.")
  var verbose = false

  func run() throws {
    let console = Console(isQuiet: quiet)
    let source = try Files.map(model)
    let labelFile = try labels.map { try Files.read($0) }
    var report = Report()
    let conversion: Conversion
    do throws(QuantError) {
      conversion = try convert(source, labelFile, &report, console)
      report.notes.forEach(console.note)
    } catch {
      report.notes.forEach(console.note)
      console.error("\(model): \(error)")
      throw Status.badData
    }
    try Files.write(conversion.bytes, to: output)
    console.result("\(output)\n\(ConversionSummary(conversion.model))")
  }

  private func convert(
    _ source: ModelBytes, _ labelFile: [UInt8]?, _ report: inout Report, _ console: Console
  ) throws(QuantError) -> Conversion {
    console.progress("reading \(model)")
    let imported = try Converter.source(source, folder: Files.folder(model), report: &report)
    var graph = try Converter.lowered(imported, report: &report)
    graph.name = Files.stem(model)
    if verbose { console.result("\(graph)") }
    var converter = Converter()
    converter.sparse = sparse
    if let input = graph.inputTypes.first {
      converter.preprocessing = try preprocessing.choice.resolved(for: input, report: &report)
    }
    if let labelFile {
      converter.labels = try Labels.parse(labelFile, classCount: graph.classCount, report: &report)
    }
    converter.origin.fileName = Files.name(model)
    converter.origin.fileHash = xxh64(source.bytes)
    converter.origin.tool = "edgequant \(PackageVersion.text)"
    converter.origin.recipe = recipe
    console.progress("planning memory and running the self-test")
    return try converter.convert(graph, report: &report)
  }

  /// The command without folders, so that the same files give the same bytes anywhere.
  private var recipe: String {
    var words = ["edgequant convert", Files.name(model), "-o", Files.name(output)]
    if let labels { words += ["--labels", Files.name(labels)] }
    words += preprocessing.words
    if sparse != .auto { words += ["--sparse", sparse.rawValue] }
    return words.joined(separator: " ")
  }
}
