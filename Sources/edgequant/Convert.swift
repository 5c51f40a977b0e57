import ArgumentParser
import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert a TensorFlow Lite model to an .edge file.")
  @Argument var model: String
  @Option(name: .shortAndLong) var output: String
  mutating func run() throws {
    guard let file = ModelBytes(mapping: model) else { throw ExitCode(66) }
    var report = Report()
    do {
      let graph = try Converter.graph(fromTFLite: file, report: &report)
      let conversion = try Converter().convert(graph, report: &report)
      for n in report.notes { print(n) }
      print(conversion.bytes.count, conversion.model.plans.map { $0.peak }, conversion.model.checks.count)
      try Data(conversion.bytes).write(to: URL(fileURLWithPath: output), options: .atomic)
    } catch {
      print(error)
      throw ExitCode(65)
    }
  }
}
