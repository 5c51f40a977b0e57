import CEdgeSystem
import EdgeModel
import EdgeTensor

@main
enum Main {
  static func main() {
    let lost: StaticString =
      "edgeinfer: a mapped file became shorter while in use; replace models with mv, not in place\n"
    edge_on_lost_mapping(lost.utf8Start, lost.utf8CodeUnitCount, ExitCode.inputOutput.rawValue)
    let code: ExitCode
    do throws(Failure) {
      code = try run(Process.arguments())
    } catch {
      Console.error(error.message)
      code = error.code
    }
    edge_exit(code.rawValue)
  }

  private static func run(_ arguments: [[UInt8]]) throws(Failure) -> ExitCode {
    guard let first = arguments.first else {
      Console.write(Help.overview)
      throw Failure(.usage, "no command; for example: edgeinfer classify photo.jpg")
    }
    if first.first == UInt8(ascii: "-"), let arguments = cameraArguments(arguments) {
      return try run(.camera, arguments)
    }
    guard first.first == UInt8(ascii: "-") else {
      let command = try command(named: first)
      return try run(command, Array(arguments.dropFirst()))
    }
    let global = try Arguments(parsing: arguments, options: Help.globalOptions, command: "")
    let output = Output.standard
    if global.has(.help) {
      output.write(Help.overview)
    } else if global.has(.version) {
      output.write("edgeinfer \(PackageVersion.text)\n")
    } else if global.has(.licenses) {
      output.write(Text(stringLiteral: Licenses.text))
    } else {
      throw Failure(.usage, "no command; see edgeinfer --help")
    }
    try output.flush()
    return .done
  }

  /// `[OPTIONS] --camera[=SOURCE]` means `camera [OPTIONS] [SOURCE]`.
  /// - Returns: nil if there is no `--camera`.
  private static func cameraArguments(_ arguments: [[UInt8]]) -> [[UInt8]]? {
    let (word, assignment) = (Array("--camera".utf8), Array("--camera=".utf8))
    guard let place = arguments.firstIndex(where: { $0 == word || $0.starts(with: assignment) }) else { return nil }
    var rest = arguments
    let source = rest.remove(at: place).dropFirst(assignment.count)
    if !source.isEmpty { rest.append(Array(source)) }
    return rest
  }

  private static func run(_ command: Command, _ arguments: [[UInt8]]) throws(Failure) -> ExitCode {
    let parsed = try Arguments(parsing: arguments, options: command.options + [.help], command: command.name)
    if parsed.has(.help) {
      let output = Output.standard
      output.write(Help.text(of: command))
      try output.flush()
      return .done
    }
    return try command.run(parsed)
  }

  private static func command(named name: [UInt8]) throws(Failure) -> Command {
    if let command = Command.all.first(where: { $0.name.bytes.elementsEqual(name) }) { return command }
    let nearest = Spelling.nearest(to: name, among: Command.all.map { $0.name })
    let hint: Text = nearest.map { "did you mean \($0)?" } ?? "see edgeinfer --help"
    throw Failure(.usage, "unknown command \"\(utf8: name)\"; \(hint)")
  }
}
