import ArgumentParser
import EdgeQuant

/// What commands that change a network by measuring it have in common.
struct CalibrationOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("calibration")],
    help: ArgumentHelp("Samples like those that the network will meet.", valueName: "data"))
  var calibration: String?

  @Option(help: ArgumentHelp("Labelled samples to measure accuracy on, none of them used for calibration."))
  var data: String?

  @Option(help: "Types of inputs and outputs; source keeps those of the model.")
  var io = BoundaryType.source

  @Option(help: ArgumentHelp("Carry out the decisions of this recipe instead of deciding.", valueName: "file.json"))
  var recipe: String?

  @Option(help: ArgumentHelp("Write all decisions to this file.", valueName: "file.json"))
  var writeRecipe: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard calibration != nil || recipe != nil else {
      throw ValidationError("Give calibration data with -c, or a recipe with --recipe.")
    }
  }

  func readRecipe() throws(ExitCode) -> [UInt8]? {
    guard let recipe else { return nil }
    return try Files.read(recipe)
  }
}

/// Over how many threads work is spread.
struct ThreadOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Threads; default: one for each core. Results do not depend on it.")
  var threads: PositiveCount?

  var workers: Workers { threads.map { Workers($0.value) } ?? .all }
}

extension Dataset {
  /// As `open`, for functions that throw `QuantError`.
  static func opened(_ path: String, _ report: inout Report) throws(QuantError) -> Dataset {
    do throws(DataError) { return try open(path, report: &report) } catch { throw .data(error) }
  }
}
