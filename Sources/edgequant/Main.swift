import ArgumentParser
import EdgeModel

@main
struct EdgeQuantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edgequant", abstract: "Prepare trained networks for edgeinfer.",
    version: "edgequant \(PackageVersion.text)",
    subcommands: [
      Convert.self, Quantize.self, Prune.self, Inspect.self, Export.self, Evaluate.self, Compare.self,
      ProfileReport.self,
    ])
}
