import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation

struct Prune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a float model smaller without training it again, and quantize it.",
    usage:
      "edgequant prune <model> -c <data> -o <model.edge> (--target-macs P | --sparsity P | --max-drop P) [options]",
    discussion: """
      Channels (--target-macs, --max-drop) are removed everywhere: through additions, concatenations and depthwise layers. Blocks \
      (--sparsity) are weights of 16 output channels by 4 inputs that the kernels then skip. Either way, what the answer depends on \
      least goes first, and what remains learns the original network's answers again, on the calibration data and without labels. \
      It is then quantized as edgequant quantize does.

      Bytes, multiply-accumulates, peak memory, milliseconds and, with --data, accuracy are printed before and after. A file that \
      would be larger or compute more than the unpruned one is not written. Data: as for quantize and evaluate. A few hundred \
      samples like those of training are needed, more than for quantizing; thousands are better.

      Examples:
        edgequant prune net.onnx -c pictures/ -o net.edge --target-macs 0.75
        edgequant prune net.tflite -c pictures/ -o net.edge --sparsity 0.5 --data test/
        edgequant prune net.tflite -c pictures/ -o net.edge --max-drop 1.0 --data test/ --write-recipe net.json
        edgequant prune net.tflite --recipe net.json -o net.edge
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Calibration") var calibration: CalibrationOptions

  @Option(help: ArgumentHelp("Remove channels until this part of the multiply-accumulates is left.", valueName: "part"))
  var targetMacs: Double?

  @Option(help: ArgumentHelp("Set this part of all blocks of 16 x 4 weights to zero.", valueName: "part"))
  var sparsity: Double?

  @Option(
    help: ArgumentHelp(
      "Percentage points of accuracy on --data that may be lost: alone, remove as many channels as that allows; with a target, fail "
        + "if more is lost.", valueName: "points"))
  var maxDrop: Double?

  @Flag(help: "Leave the pruned network in float32.")
  var float = false

  @Option(help: "Use at most so many calibration samples, evenly spaced.")
  var limit = PositiveCount(8000)

  @Option(
    help:
      "Gradient steps, in which what remains learns the original's answers; default: 1000 to 4000, by samples and size."
  )
  var steps: PositiveCount?

  @Option(
    help: ArgumentHelp(
      "Write what became of every layer to an .html page or a .json file. May be given several times.",
      valueName: "file"))
  var report: [String] = []

  @Flag(help: "Exit with 1 if the pruned model measures no faster than the unpruned one.")
  var assertFaster = false

  func validate() throws {
    let recipe = calibration.recipe
    guard recipe != nil || targetMacs != nil || sparsity != nil || maxDrop != nil else {
      throw ValidationError("Say how much to prune: --target-macs, --sparsity or --max-drop.")
    }
    guard recipe == nil || (targetMacs == nil && sparsity == nil) else {
      throw ValidationError("A recipe says how much to prune; leave out --target-macs and --sparsity.")
    }
    guard recipe == nil || calibration.calibration == nil else {
      throw ValidationError("A recipe needs no calibration data: give -c or --recipe.")
    }
    guard maxDrop == nil || calibration.data != nil else {
      throw ValidationError("--max-drop needs labelled samples: --data.")
    }
    guard maxDrop.map({ $0 >= 0 }) ?? true else { throw ValidationError("--max-drop must not be negative.") }
    guard targetMacs.map({ $0 > 0 && $0 < 1 }) ?? true, sparsity.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--target-macs and --sparsity are parts: between 0 and 1.")
    }
    for path in report where !path.hasSuffix(".json") && !path.hasSuffix(".html") {
      throw ValidationError("--report \(path): the name must end in .html or .json.")
    }
  }

  func run() throws {
    let recipe = try calibration.readRecipe()
    let words = source.words(command: "prune", recipe: calibration.recipe ?? calibration.writeRecipe)
    let outcome = try source.read(recipe: words) { model, report throws(QuantError) in
      var job = PruneJob(self, model)
      defer { report = job.report }
      (job.report, report) = (report, Report())
      return try job.run(recipe)
    }
    let console = source.console
    console.result(outcome.text)
    for path in report { try Files.write(path.hasSuffix(".html") ? outcome.page.html : outcome.page.json, to: path) }
    for complaint in outcome.refusals { console.error("\(complaint); nothing was written") }
    guard outcome.refusals.isEmpty else { throw ExitCode(1) }
    if let writeRecipe = calibration.writeRecipe { try Files.write(outcome.recipe.json, to: writeRecipe) }
    try source.write(outcome.after.conversion)
    if outcome.isSlower {
      console.error("WARNING: the pruned model measured slower than the unpruned one")
      if assertFaster { throw ExitCode(1) }
    }
  }
}
