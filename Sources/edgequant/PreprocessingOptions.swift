import ArgumentParser
import EdgeQuant
import EdgeTensor

/// How a picture becomes the model's input.
struct PreprocessingOptions: ParsableArguments {
  @Option(help: "Colour order of the input.")
  var color: Preprocessing.Color?

  @Option(help: "How pictures of another shape fit; default: center.")
  var crop: Preprocessing.Crop?

  @Option(help: "Part of the largest centred crop that is kept, above 0, at most 1.")
  var cropFraction: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Subtracted from each pixel (0...255): one number, or one for each channel.", valueName: "a[,b,c]"))
  var mean: NumberList?

  @Option(parsing: .unconditional, help: ArgumentHelp("Divides the result; as --mean.", valueName: "a[,b,c]"))
  var std: NumberList?

  var choice: PreprocessingChoice {
    var choice = PreprocessingChoice()
    choice.color = color
    choice.crop = crop
    choice.cropFraction = cropFraction
    choice.mean = mean?.values
    choice.standardDeviation = std?.values
    return choice
  }

  /// The flags as they were given, for the recipe.
  var words: [String] {
    var words: [String] = []
    if let color { words += ["--color", "\(color.name)"] }
    if let crop { words += ["--crop", "\(crop.name)"] }
    if let cropFraction { words += ["--crop-fraction", "\(cropFraction)"] }
    if let mean { words += ["--mean", mean.description] }
    if let std { words += ["--std", std.description] }
    return words
  }
}
