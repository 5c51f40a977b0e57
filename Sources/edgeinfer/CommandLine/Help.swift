import EdgeTensor

/// Help texts, made from the tables of commands and options.
enum Help {
  static let globalOptions: [Option] = [.help, .version, .licenses]

  static var overview: Text {
    var text: Text = """
      edgeinfer runs int8 neural networks on ARM Linux boards.

      Usage: edgeinfer COMMAND [OPTIONS] ...

      Commands:

      """
    for command in Command.all { text += row("\(command.name)", command.summary) }
    text += "\nOptions:\n"
    text += rows(globalOptions)
    text += """

      edgeinfer COMMAND --help explains a command and shows an example.

      The model is the file given with -m, else $EDGEINFER_MODEL, else default.edge
      beside this program, else /usr/share/edgeinfer/default.edge.

      Exit codes: 0 done; 1 done, but a check failed; 64 usage; 65 bad model or
      picture; 66 no such input; 69 no camera; 70 bug; 73 cannot create output; 74 input
      or output error; 75 camera lost; 78 more memory needed than --max-memory allows.

      """
    return text
  }

  static func text(of command: Command) -> Text {
    var text: Text = "\(command.summary)\n\nUsage: edgeinfer \(command.name) [OPTIONS]"
    if command.operands.utf8CodeUnitCount > 0 { text += " \(command.operands)" }
    text += "\n\nOptions:\n"
    text += rows(command.options + [.help])
    if command.details.utf8CodeUnitCount > 0 { text += "\n\(command.details)\n" }
    text += "\nExample:\n  \(command.example)\n"
    return text
  }

  private static func rows(_ options: [Option]) -> Text {
    var text: Text = ""
    for option in options {
      var name: Text = option.short.map { "-\(utf8: [UInt8(ascii: $0)]), " } ?? "    "
      name += "--\(option.long)"
      if let argument = option.argument { name += " \(argument)" }
      text += row(name, option.help)
    }
    return text
  }

  /// Two columns, the second from column 24 on; continued on further lines where its text has line breaks.
  private static func row(_ name: Text, _ help: StaticString) -> Text {
    let width = 24
    let margin = Text("").padded(to: width)
    var text: Text = "  \(name.padded(to: width - 2))"
    if name.count > width - 3 { text = "  \(name)\n\(margin)" }
    for byte in help.bytes {
      text += Text([byte])
      if byte == UInt8(ascii: "\n") { text += margin }
    }
    return "\(text)\n"
  }
}
