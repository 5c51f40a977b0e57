import ArgumentParser
import EdgeModel
import EdgeQuant

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model as a TensorFlow Lite file, to check it elsewhere.",
    usage: "edgequant export <model> -o <model.tflite> [options]",
    discussion: """
      Takes an .edge file back to what TensorFlow Lite reads: plain weights, int32 biases and scales. LiteRT's reference \
      kernels then give the bytes that edgeinfer gives. An .onnx or .tflite file is converted first, as edgequant convert does.

      Labels, preprocessing and memory plans have no place in the file. What TensorFlow Lite cannot express is listed.

      Examples:
        edgequant export net.edge -o net.tflite
        edgequant export net.onnx -o net.tflite
      """)

  @Argument(help: ArgumentHelp("An .edge file, or an .onnx or .tflite model.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "model.tflite"))
  var output: String

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    let console = Console(isQuiet: quiet)
    let source = try Files.map(model)
    var report = Report()
    let bytes: [UInt8]
    do throws(QuantError) {
      let loaded = try RunnableModel.load(source, name: model, folder: Files.folder(model), report: &report)
      bytes = try TFLiteExporter.bytes(of: loaded.model, report: &report)
      report.notes.forEach(console.note)
    } catch {
      report.notes.forEach(console.note)
      throw console.failure(error, model)
    }
    try Files.write(bytes, to: output)
    console.result("\(output): \(bytes.count) bytes")
  }
}
