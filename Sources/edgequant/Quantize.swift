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
      """)

  @Argument(help: ArgumentHelp("The float model: a .tflite or .onnx file.", valueName: "model"))
  var model: String

  @Option(name: [.customShort("c"), .customLong("calibration")], help: "Samples to calibrate on.")
  var calibration: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "model.edge"))
  var output: String

  @Option(
    name: .shortAndLong, help: "Class names: one a line, 'index name', or 'n01440764 name' (ImageNet's synset numbers)."
  )
  var labels: String?

  @OptionGroup var preprocessing: PreprocessingOptions

  @Option(help: "Use at most so many samples, evenly spaced.")
  var limit = 500

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

  @Option(help: "Types of inputs and outputs; source keeps float32.")
  var io = BoundaryType.source

  @Option(help: "Carry out the decisions of this recipe instead of calibrating.")
  var recipe: String?

  @Option(help: "Write all decisions to this JSON file.")
  var writeRecipe: String?

  @Option(help: "Fail if the answer's signal-to-noise ratio, in decibels, is lower.")
  var minSqnr: Double?

  @Option(name: .shortAndLong, help: "Threads; default: one for each core. The result does not depend on it.")
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    guard (calibration == nil) != (recipe == nil) else {
      throw ValidationError("Give calibration data with -c, or a recipe with --recipe.")
    }
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    guard threads ?? 1 > 0 else { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    let console = Console(isQuiet: quiet)
    let source = try Files.map(model)
    let labelFile = try labels.map { try Files.read($0) }
    let recipeFile = try recipe.map { try Files.read($0) }
    var report = Report()
    let outcome: Outcome
    do throws(QuantError) {
      outcome = try quantize(source, labelFile, recipeFile, &report, console)
      report.notes.forEach(console.note)
    } catch {
      report.notes.forEach(console.note)
      console.error("\(model): \(error)")
      throw Status.badData
    }
    try write(outcome, console)
  }

  private struct Outcome {
    let conversion: Conversion
    let decision: Quantizer.Decision
  }

  private func quantize(
    _ source: ModelBytes, _ labelFile: [UInt8]?, _ recipeFile: [UInt8]?, _ report: inout Report, _ console: Console
  ) throws(QuantError) -> Outcome {
    console.progress("reading \(model)")
    var graph = try Converter.source(source, folder: Files.folder(model), report: &report)
    graph.name = Files.stem(model)
    var converter = Converter()
    if let input = graph.inputTypes.first {
      converter.preprocessing = try preprocessing.choice.resolved(for: input, report: &report)
    }
    if let labelFile {
      converter.labels = try Labels.parse(labelFile, classCount: graph.classCount, report: &report)
    }
    let hash = String(xxh64(source.bytes), radix: 16)
    var decision: Quantizer.Decision
    if let recipeFile {
      decision = try Quantizer.Decision(graph, try QuantizationRecipe(json: recipeFile, sourceHash: hash))
    } else {
      var quantizer = Quantizer()
      quantizer.method = method
      quantizer.repairs.subtract(without)
      quantizer.floatLayers = Set(floatLayers)
      quantizer.io = io
      if let threads { quantizer.workers = Workers(threads) }
      quantizer.inputRange = converter.preprocessing?.range
      quantizer.progress = { name, _ in console.progress(name) }
      let data: Dataset
      do throws(DataError) { data = try Dataset.open(calibration!, report: &report) } catch { throw .data(error) }
      let set = try CalibrationSet(
        data, for: graph, preprocessing: converter.preprocessing, limit: limit, report: &report)
      decision = try quantizer.decide(graph, set)
      decision.recipe.sourceHash = hash
    }
    let quantized = try decision.graph.quantized(by: decision.recipe)
    converter.origin.fileName = Files.name(model)
    converter.origin.fileHash = xxh64(source.bytes)
    converter.origin.tool = "edgequant \(PackageVersion.text)"
    converter.origin.recipe = "edgequant quantize \(Files.name(model)) -o \(Files.name(output))"
    let lowered = try Converter.lowered(quantized, report: &report)
    console.progress("planning memory and running the self-test")
    return Outcome(conversion: try converter.convert(lowered, report: &report), decision: decision)
  }

  private func write(_ outcome: Outcome, _ console: Console) throws {
    let decision = outcome.decision
    for repair in decision.repairs {
      console.result(
        "\(repair.repair.rawValue): \(decibels(repair.before)) -> \(decibels(repair.after)), "
          + (repair.isKept ? "kept" : "dropped"))
    }
    if recipe == nil { console.result("signal to noise of the answer: \(decibels(decision.sqnr))") }
    if let minSqnr, decision.sqnr < minSqnr {
      console.error("the answer's signal-to-noise ratio is \(decibels(decision.sqnr)), below --min-sqnr \(minSqnr)")
      throw ExitCode(1)
    }
    if let writeRecipe { try Files.write(decision.recipe.json, to: writeRecipe) }
    try Files.write(outcome.conversion.bytes, to: output)
    console.result("\(output)\n\(ConversionSummary(outcome.conversion.model))")
  }

  private func decibels(_ value: Double) -> String { String(format: "%.2f dB", value) }
}

extension RangeMethod: ExpressibleByArgument {}
extension BoundaryType: ExpressibleByArgument {}
extension Quantizer.Repair: ExpressibleByArgument {}
