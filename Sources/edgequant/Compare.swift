import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeTensor

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two models on data: answers, layers and costs.",
    usage: "edgequant compare <a> <b> --data <data> [options]",
    discussion: """
      Runs both models, each an .edge file or a source, on the same samples. Prints how often they agree, what accuracy B \
      lost against A where the data has labels, and for each layer that both have, the signal-to-quantization-noise ratio of \
      B's numbers against A's. Layers are matched by their tensors' names, else by their order.

      Data is the same as for evaluate, labelled or not. Preprocessing flags hold for every source among the two models; \
      without them, a source takes what an .edge file has, and two sources what is guessed for a quantized input.

      Example:
        edgequant compare net.tflite net.edge --data pictures
      """)

  @Argument(help: ArgumentHelp("The model that counts as right: .edge, .tflite or .onnx.", valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("The other model.", valueName: "b"))
  var second: String

  @Option(name: .shortAndLong, help: "Samples: a folder or a file.")
  var data: String

  @Option(help: "How results are printed.")
  var format = ReportFormat.text

  @Option(help: ArgumentHelp("Write a page with figures and all layers.", valueName: "file.html"))
  var report: String?

  @Option(help: ArgumentHelp("A layer with less than so many decibels departs.", valueName: "dB"))
  var threshold = 20.0

  @Option(help: "Compare layers on at most so many samples, evenly spaced.")
  var layerSamples = PositiveCount(64)

  @OptionGroup var threads: ThreadOptions

  @Option(help: "Use at most so many samples, evenly spaced.")
  var limit: PositiveCount?

  @Option(name: .shortAndLong, help: "Class names, instead of those in the models: as for convert.")
  var labels: String?

  @OptionGroup(title: "Pictures for a .tflite or .onnx model")
  var preprocessing: PreprocessingOptions

  @Flag(name: .shortAndLong, help: "Print no notes and no progress.")
  var quiet = false

  func run() throws {
    var command = DataCommand(Console(isQuiet: quiet))
    let labelFile = try labels.map { try Files.read($0) }
    let models = try pair(&command, labelFile)
    let data = try command.data(data, limit: limit?.value)
    let bar = ProgressBar("comparing", isQuiet: quiet)
    let comparison: ModelComparison
    do throws(QuantError) {
      defer { bar.end() }
      comparison = try ModelComparison(
        models[0], models[1], data: data, layerSamples: layerSamples.value, workers: threads.workers,
        report: &command.report, progress: { bar.show($0, of: $1) })
    } catch {
      throw command.failure(error, "\(first), \(second)")
    }
    command.printNotes()
    if let report { try Files.write(comparison.html(threshold: threshold), to: report) }
    let output = ComparisonOutput(comparison, threshold: threshold)
    switch format {
    case .text: print(output.text)
    case .csv: print(String(decoding: output.csv, as: UTF8.self), terminator: "")
    case .json: print(String(decoding: output.json, as: UTF8.self))
    }
  }

  /// Both models, prepared alike.
  private func pair(_ command: inout DataCommand, _ labelFile: [UInt8]?) throws -> [RunnableModel] {
    let paths = [first, second]
    var models: [RunnableModel?] = [nil, nil]
    for index in 0..<2 where RunnableModel.isEdge(try Files.map(paths[index])) {
      models[index] = try command.model(paths[index], PreprocessingChoice(), labels: labelFile)
    }
    let known = models.compactMap { $0?.preprocessing }.first
    let choice = preprocessing.choice.isEmpty ? PreprocessingChoice(known) : preprocessing.choice
    for index in 0..<2 where models[index] == nil {
      models[index] = try command.model(paths[index], choice, labels: labelFile)
    }
    var pair = models.compactMap { $0 }
    if choice.isEmpty, pair[0].preprocessing != pair[1].preprocessing,
      let better = [0, 1].first(where: { pair[$0].hasQuantizedInput && !pair[1 - $0].hasQuantizedInput })
    {
      command.report = Report()
      command.report.note("\(paths[1 - better]): pictures are prepared as guessed for \(paths[better])")
      pair[1 - better] = try command.model(
        paths[1 - better], PreprocessingChoice(pair[better].preprocessing), labels: labelFile)
    }
    // Names of classes are the same in both.
    for index in 0..<2 where pair[index].labels.isEmpty && pair[index].classCount == pair[1 - index].labels.count {
      pair[index].labels = pair[1 - index].labels
    }
    return pair
  }
}
