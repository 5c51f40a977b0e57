import ArgumentParser
import EdgeModel
import EdgeQuant

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show any model as a graph.",
    usage: "edgequant inspect <model> [options]",
    discussion: """
      Prints inputs, outputs and every operator with its shapes, attributes, parameters, multiply-accumulates and bytes of \
      weights. Operators that cannot be converted are marked, with the reason. Dimensions are in the order of the file.

      Examples:
        edgequant inspect net.onnx
        edgequant inspect net.edge --svg net.svg
        edgequant inspect net.tflite --format json
      """)

  @Argument(help: ArgumentHelp("A .tflite, .onnx or .edge file.", valueName: "model"))
  var model: String

  @Option(help: ArgumentHelp("Also draw the graph into this file.", valueName: "graph.svg"))
  var svg: String?

  @Option(help: "How to print.")
  var format = Format.text

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

  func run() throws {
    let console = Console(isQuiet: false)
    let file = try Files.map(model)
    let inspection: Inspection
    do throws(QuantError) {
      inspection = try Inspection.read(file, folder: Files.folder(model))
    } catch {
      throw console.failure(error, model)
    }
    if let svg {
      guard let drawing = GraphDrawing(inspection, title: Files.name(model)) else {
        console.error(
          "\(model): \(inspection.nodes.count) operators are too many to draw; --svg takes up to "
            + "\(GraphDrawing.maximumNodeCount)")
        throw Status.badData
      }
      try Files.write(Array(drawing.svg.utf8), to: svg)
    }
    let output = InspectionOutput(inspection, file: Files.name(model))
    console.result(format == .json ? output.json : output.text)
  }
}
