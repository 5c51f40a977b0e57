import ArgumentParser
import EdgeQuant

/// What commands that make an `.edge` file of a trained model have in common.
struct SourceOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The trained model: an .onnx or .tflite file.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "model.edge"))
  var output: String

  @Option(
    name: .shortAndLong, help: "Class names: one a line, 'index name', or 'n01440764 name' (ImageNet's synset numbers)."
  )
  var labels: String?

  @OptionGroup(title: "Pictures")
  var preprocessing: PreprocessingOptions

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  var console: Console { Console(isQuiet: quiet) }

  /// The command for the file's origin, without folders, so that the same files give the same bytes anywhere. With a
  /// recipe, written or carried out, it makes the file again.
  func words(command: String, recipe: String? = nil, more: [String] = []) -> String {
    var words = ["edgequant", command, Files.name(model)]
    if let recipe { words += ["--recipe", Files.name(recipe)] }
    words += ["-o", Files.name(output)]
    if let labels { words += ["--labels", Files.name(labels)] }
    return (words + preprocessing.words + more).joined(separator: " ")
  }

  /// Reads the model, gives it to `body`, and prints what there is to note.
  /// - Parameter recipe: the command for the file's origin.
  /// - Throws: the exit code, after an error is printed.
  func read<T>(
    recipe: String, _ body: (SourceModel, inout Report) throws(QuantError) -> T
  ) throws(ExitCode) -> T {
    let file = try Files.map(model)
    var labelFile: [UInt8]?
    if let labels { labelFile = try Files.read(labels) }
    var report = Report()
    do throws(QuantError) {
      console.progress("reading \(model)")
      var source = try SourceModel(
        file, path: model, labelFile: labelFile, preprocessing: preprocessing.choice, report: &report)
      source.converter.origin.recipe = recipe
      let result = try body(source, &report)
      report.notes.forEach(console.note)
      return result
    } catch {
      report.notes.forEach(console.note)
      throw console.failure(error, model)
    }
  }

  /// Writes a finished model and says what it holds.
  func write(_ conversion: Conversion) throws(ExitCode) {
    try Files.write(conversion.bytes, to: output)
    console.result("\(output)\n\(ConversionSummary(conversion.model))")
  }
}
