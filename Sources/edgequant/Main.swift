import ArgumentParser
import EdgeModel

@main
struct EdgeQuantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edgequant", abstract: "Prepares trained networks for edgeinfer.",
    version: "edgequant \(PackageVersion.text)", subcommands: [Convert.self])
}
