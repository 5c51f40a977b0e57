import ArgumentParser
import EdgeQuant

struct ProfileReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw what edgeinfer profile measured as a page.",
    usage: "edgequant report <profile.json> -o <report.html>",
    discussion: """
      Takes the JSON that edgeinfer profile writes on the board and makes one page of it, which opens offline: latency, \
      operators, roofline, memory over one inference, threads, soak, board. What was not measured is left out. Drawing is \
      done here to keep the program on the board small.

      Example:
        edgeinfer profile -m net.edge --ops --roofline --format json > profile.json
        edgequant report profile.json -o report.html
      """)

  @Argument(help: ArgumentHelp("What edgeinfer profile --format json wrote.", valueName: "profile.json"))
  var profile: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "report.html"))
  var output: String

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    let console = Console(isQuiet: quiet)
    let json = try Files.read(profile)
    let document: ProfileDocument
    do throws(ProfileError) {
      document = try ProfileDocument(json: json)
    } catch {
      console.error("\(profile): \(error)")
      throw Status.badData
    }
    let page = document.html
    try Files.write(page, to: output)
    console.result("\(output): \(page.count) bytes")
  }
}
