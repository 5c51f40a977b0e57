import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeTensor

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model's accuracy on labelled data.",
    usage: "edgequant evaluate <model> <data> [options]",
    discussion: """
      The model is an .edge file, or a source (.tflite, .onnx) that is converted in memory; it may be float or quantized. \
      Pictures are prepared exactly as edgeinfer does.

      The data is a folder with a folder of JPEG or .npy files for each class, CIFAR-10's binary records, MNIST's IDX \
      images with their labels beside them, a .csv file of path,label, or a .npy array whose labels are in NAME_labels.npy. \
      Classes are found by the model's labels, else by number or order.

      Examples:
        edgequant evaluate net.edge pictures
        edgequant evaluate net.tflite test_batch.bin --mean 0 --std 1 --confusion confusion.csv
      """)

  @Argument(help: ArgumentHelp("The model: .edge, .tflite or .onnx.", valueName: "model"))
  var model: String

  @Argument(help: ArgumentHelp("Labelled samples: a folder or a file.", valueName: "data"))
  var data: String

  @Option(name: .shortAndLong, help: "Class names, instead of those in the model: as for convert.")
  var labels: String?

  @Option(help: "How results are printed.")
  var format = ReportFormat.text

  @Option(
    help: ArgumentHelp(
      "Write the confusion matrix, a row for each class, as CSV or as a picture, by the file's name.",
      valueName: "file.csv|.svg"))
  var confusion: String?

  @Option(help: ArgumentHelp("Write a page with figures, classes and confusion matrix.", valueName: "file.html"))
  var report: String?

  @Option(help: ArgumentHelp("Write the answer to each sample as CSV.", valueName: "file.csv"))
  var predictions: String?

  @OptionGroup var threads: ThreadOptions

  @Option(help: "Use at most so many samples, evenly spaced.")
  var limit: PositiveCount?

  @OptionGroup(title: "Pictures for a .tflite or .onnx model")
  var preprocessing: PreprocessingOptions

  @Flag(name: .shortAndLong, help: "Print no notes and no progress.")
  var quiet = false

  func run() throws {
    var command = DataCommand(Console(isQuiet: quiet))
    let runnable = try command.model(model, preprocessing.choice, labels: try labels.map { try Files.read($0) })
    let data = try command.data(data, limit: limit?.value)
    let bar = ProgressBar("evaluating \(Files.name(model))", isQuiet: quiet)
    let evaluation: Evaluation
    do throws(QuantError) {
      guard data.labels.contains(where: { $0 != nil }) else {
        throw .data(
          .bad(path: data.path, reason: "its samples have no labels; a folder for each class gives them some"))
      }
      defer { bar.end() }
      evaluation = try Evaluator(runnable).evaluate(
        data, workers: threads.workers, report: &command.report,
        progress: { bar.show($0, of: $1) })
    } catch {
      throw command.failure(error, model)
    }
    command.printNotes()
    let output = EvaluationOutput(evaluation, model: model)
    if let confusion {
      let isPicture = confusion.lowercased().hasSuffix(".svg")
      guard let matrix = isPicture ? evaluation.confusionSVG.map({ Array($0.utf8) }) : output.confusionCSV else {
        command.console.error("--confusion: \(evaluation.classCount) classes are too many for such a file")
        throw Status.badData
      }
      try Files.write(matrix, to: confusion)
    }
    if let report { try Files.write(evaluation.html(model: Files.name(model)), to: report) }
    if let predictions { try Files.write(output.predictionsCSV(data), to: predictions) }
    switch format {
    case .text: print(output.text)
    case .csv: print(String(decoding: output.csv, as: UTF8.self), terminator: "")
    case .json: print(String(decoding: output.json, as: UTF8.self))
    }
  }
}
