import ArgumentParser
import EdgeQuant

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

  @OptionGroup var source: SourceOptions

  @Option(help: "Leave blocks of zeros out of pruned int8 weights: where it saves time and space, always, or never.")
  var sparse = SparseStorage.auto

  @Flag(name: .shortAndLong, help: "Also print the converted graph.")
  var verbose = false

  func run() throws {
    let words = source.words(command: "convert", more: sparse == .auto ? [] : ["--sparse", sparse.rawValue])
    let conversion = try source.read(recipe: words) { model, report throws(QuantError) in
      if verbose { source.console.result("\(model.lowered)") }
      var converter = model.converter
      converter.sparse = sparse
      source.console.progress("planning memory and running the self-test")
      return try converter.convert(model.lowered, report: &report)
    }
    try source.write(conversion)
  }
}
