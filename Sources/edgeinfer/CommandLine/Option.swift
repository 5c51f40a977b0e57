/// One option of the command line, as the parser and the help see it.
struct Option: Sendable {
  let long: StaticString
  /// One ASCII letter, or nil.
  let short: Unicode.Scalar?
  /// What stands for the value in the help; nil for a switch.
  let argument: StaticString?
  let help: StaticString

  init(_ long: StaticString, _ short: Unicode.Scalar? = nil, _ argument: StaticString? = nil, _ help: StaticString) {
    self.long = long
    self.short = short
    self.argument = argument
    self.help = help
  }
}

/// A subcommand.
struct Command: Sendable {
  let name: StaticString
  /// One line.
  let summary: StaticString
  /// As in the usage line: `PATH...`.
  let operands: StaticString
  /// What the options do not say, in lines of at most 80 columns.
  let details: StaticString
  let options: [Option]
  let example: StaticString
  let run: @Sendable (Arguments) throws(Failure) -> ExitCode
}

/// The options that several commands share.
extension Option {
  static let help = Option("help", "h", nil, "show this text")
  static let version = Option("version", nil, nil, "show the version")
  static let licenses = Option("licenses", nil, nil, "show the licences of what this program contains")
  static let model = Option("model", "m", "FILE", "the model, an .edge file (see edgeinfer --help)")
  static let threads = Option("threads", "t", "N", "threads (default: one for each processor, at most 4)")
  static let format = Option("format", nil, "FORMAT", "how results are written")
  static let noFuse = Option("no-fuse", nil, nil, "run operators one by one, without fused blocks")
  static let maximumMemory = Option("max-memory", nil, "SIZE", "refuse models that need more than, say, 512K or 8M")
  static let quiet = Option("quiet", "q", nil, "no notes on standard error, only errors")
  static let verbose = Option("verbose", "v", nil, "more notes on standard error")
}

extension StaticString {
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
