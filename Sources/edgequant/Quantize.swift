import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantize a float model to int8 with calibration data.",
    usage: "edgequant quantize <model> -c <data> -o <model.edge> [options]",
    discussion: """
      Runs the float model on samples like those it will meet, chooses scales, rounds weights so that outputs change least, and \
      keeps only those repairs that measurably help. Data: a folder of JPEG files (through the device's own preprocessing), \
      CIFAR-10 or MNIST files, a CSV of path,label, or NumPy arrays. A few hundred samples are enough.

      Examples:
        edgequant quantize net.onnx -c pictures/ -o net.edge --mean 127.5 --std 127.5
        edgequant quantize net.tflite -c pictures/ -o net.edge --write-recipe net.json
        edgequant quantize net.tflite --recipe net.json -o net.edge

      With --recipe, samples given with -c are only measured on.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Calibration") var calibration: CalibrationOptions

  @Option(help: "Use at most so many samples, evenly spaced.")
  var limit = PositiveCount(500)

  @Option(help: "How ranges of activations are chosen; default: for each tensor by measured error.")
  var method: RangeMethod?

  @Option(
    name: .customLong("no"), help: "Leave out a repair: equalize, round or bias. May be given several times.")
  var without: [Quantizer.Repair] = []

  @Option(
    name: .customLong("keep-float"),
    help: ArgumentHelp(
      "A layer, by its output's name, that stays float32. May be given several times.", valueName: "layer"))
  var floatLayers: [String] = []

  @Option(
    help: ArgumentHelp(
      "Leave the layers that hurt most in float32 until at most so many points of accuracy are lost on --data.",
      valueName: "points"))
  var maxDrop: Double?

  @Option(
    help: ArgumentHelp(
      "Leave the layers that hurt most in float32 until the answer's signal-to-noise ratio is at least this.",
      valueName: "dB"))
  var minSqnr: Double?

  @Option(
    help: ArgumentHelp(
      "Write what happened in every layer to an .html page or a .json file. May be given several times.",
      valueName: "file"))
  var report: [String] = []

  func validate() throws {
    guard maxDrop == nil || calibration.data != nil else {
      throw ValidationError("--max-drop needs labelled samples: --data.")
    }
    guard calibration.recipe == nil || (maxDrop == nil && minSqnr == nil) else {
      throw ValidationError("A recipe says which layers stay float32; leave out --max-drop and --min-sqnr.")
    }
    for path in report where !path.hasSuffix(".json") && !path.hasSuffix(".html") {
      throw ValidationError("--report \(path): the name must end in .html or .json.")
    }
  }

  func run() throws {
    let recipe = try calibration.readRecipe()
    let words = source.words(command: "quantize", recipe: calibration.recipe ?? calibration.writeRecipe)
    let outcome = try source.read(recipe: words) { model, report throws(QuantError) in
      var run = QuantizationRun(self, model, recipe: recipe)
      defer { report = run.notes }
      (run.notes, report) = (report, Report())
      return try run.run()
    }
    try write(outcome, source.console)
  }

  private func write(_ outcome: QuantizationRun.Outcome, _ console: Console) throws {
    let (decision, report) = (outcome.decision, outcome.report)
    for repair in report.repairs {
      console.result(
        "\(repair.name): \(decibels(repair.before)) -> \(decibels(repair.after)), "
          + (repair.isKept ? "kept" : "dropped"))
    }
    if let sqnr = report.sqnr { console.result("signal to noise of the answer: \(decibels(sqnr))") }
    let floatCount = decision.recipe.layers.values.count { $0.isFloat }
    if floatCount > 0 { console.result("layers left in float32: \(floatCount)") }
    if let before = report.floatAccuracy, let after = report.accuracy, let drop = report.drop {
      console.result(
        "accuracy: float32 \(before.right) of \(before.count), int8 \(after.right) of \(after.count), "
          + String(format: "drop %.2f points", drop))
    }
    if !report.layers.isEmpty { console.result("\n\(table(report))\n") }
    for warning in report.warnings { console.error("WARNING: \(warning)") }
    for path in self.report { try Files.write(path.hasSuffix(".html") ? report.html : report.json, to: path) }
    if let failure = outcome.failure {
      console.error("\(source.model): \(failure); no model is written")
      throw ExitCode(1)
    }
    if let writeRecipe = calibration.writeRecipe { try Files.write(decision.recipe.json, to: writeRecipe) }
    try source.write(outcome.conversion)
  }

  /// A row for each layer, in order of execution.
  private func table(_ report: QuantizationReport) -> String {
    var table = TextTable(
      ["layer", "operator", "SQNR, dB", "of the error", "clipped", "range", "by", "moved"], left: [0, 1, 5, 6])
    for layer in report.layers {
      let name = Figures.printable(layer.name)
      table.add([
        name.count > 32 ? "...\(name.suffix(29))" : name, layer.isFloat ? "float32" : layer.operatorName,
        layer.sqnr.map { String(format: "%.1f", $0) } ?? "-", Figures.percent(layer.errorShare),
        Figures.percent(layer.clipped), String(format: "%.4g...%.4g", layer.range.minimum, layer.range.maximum),
        layer.method, Figures.percent(layer.movedWeights),
      ])
    }
    return table.text
  }

  private func decibels(_ value: Double) -> String { String(format: "%.2f dB", value) }
}

extension RangeMethod: ExpressibleByArgument {}
extension BoundaryType: ExpressibleByArgument {}
extension Quantizer.Repair: ExpressibleByArgument {}
