import EdgeModel
import EdgeRuntime

extension Command {
  static let classify = Command(
    name: "classify",
    summary: "Label pictures.",
    operands: "PATH...",
    details: """
      PATH is a JPEG file, a folder (its .jpg and .jpeg files and those in folders
      below, sorted by name), or - for a list of paths on standard input, one a line.

      A picture that cannot be read is one row with an error; the others follow. Exit
      code 0 then, 1 with --strict; but if PATH names one single file, 66 if there is
      none and 65 if it is damaged.
      """,
    options: [
      .model, .labels, .top, .threads, .pictureFormat, .outputFile, .timing, .strict, .noFuse, .maximumMemory,
      .quiet, .verbose,
    ],
    example: "edgeinfer classify --top 3 photo.jpg holidays/",
    run: { arguments throws(Failure) in
      var command = try ClassifyCommand(arguments)
      return try command.run()
    })
}

extension Option {
  fileprivate static let top = Option("top", "k", "N", "so many classes for each picture (default 5)")
  fileprivate static let pictureFormat = Option("format", nil, "FORMAT", "text (the default), csv, json or jsonl")
  fileprivate static let strict = Option("strict", nil, nil, "exit code 1 if any picture cannot be labelled")
}

/// `edgeinfer classify`.
private struct ClassifyCommand {
  private let operands: [Path]
  private let isStrict: Bool
  private let verbosity: Verbosity
  private let classifier: Classifier
  private let results: PictureResults
  private var pictureCount = 0
  private var errorCount = 0
  private var skippedCount = 0
  /// The last error was that there is no such file.
  private var lastIsMissing = false

  init(_ arguments: Arguments) throws(Failure) {
    operands = arguments.operands.map { Path($0) }
    isStrict = arguments.has(.strict)
    verbosity = Verbosity(arguments)
    guard !operands.isEmpty else { throw arguments.usage("no pictures: name files or folders") }
    let format = PictureResults.Format(
      rawValue: try arguments.choice(.pictureFormat, among: PictureResults.Format.names) ?? 0)
    let top = try arguments.integer(.top, in: 1...1_000_000) ?? 5
    let labels = try LabelNames(arguments)

    let (interpreter, path) = try ModelFile.interpreter(arguments)
    classifier = try Classifier(interpreter, path, top: top)
    labels.warn(classifier, verbosity)
    verbosity.note(
      .verbose, "\(path): peak memory \(interpreter.plan.memory.peak) bytes, \(interpreter.plan.threads) threads")
    let output = try arguments.path(.outputFile).map { path throws(Failure) in try Output(creating: path) }
    results = PictureResults(
      output ?? Output.standard, format ?? .text, showsTiming: arguments.has(.timing),
      asPercentage: classifier.givesProbabilities
    ) { [model = classifier.model] in labels.name($0, model) }
  }

  mutating func run() throws(Failure) -> ExitCode {
    for operand in operands {
      if operand.bytes.elementsEqual("-".utf8) {
        var lines = LineReader()
        while let line = try lines.next() {
          if !line.isEmpty { try classify(Path(line)) }
        }
      } else {
        try classify(operand)
      }
    }
    try results.end()

    if skippedCount > 0 { verbosity.note(.verbose, "\(skippedCount) files that are not JPEG were skipped") }
    if pictureCount == 0 { verbosity.note(.normal, "no JPEG files found") }
    if errorCount > 0, pictureCount > 1 {
      verbosity.note(.normal, "\(errorCount) of \(pictureCount) pictures could not be labelled")
    }
    if isStrict, errorCount > 0 { return .checkFailed }
    let isSingleFile =
      operands.count == 1 && !operands[0].bytes.elementsEqual("-".utf8) && operands[0].kind != .directory
    if isSingleFile, errorCount > 0 { return lastIsMissing ? .noInput : .badData }
    return operands.count == 1 && pictureCount == 0 ? .noInput : .done
  }

  /// A file, or all files of a folder.
  private mutating func classify(_ path: Path) throws(Failure) {
    guard path.kind == .directory else { return try label(path) }
    let walk = FolderWalk(path)
    skippedCount += walk.skippedCount
    for picture in walk.pictures { try label(picture) }
    for problem in walk.problems { try report(problem.path, problem.reason) }
  }

  private mutating func label(_ path: Path) throws(Failure) {
    var times = StageTimes()
    let top: [Ranked]
    do throws(PictureError) {
      top = try classifier.classify(path, &times)
    } catch {
      lastIsMissing = error.isMissing
      return try report(path, error.text)
    }
    pictureCount += 1
    try results.write(path, top, times)
  }

  private mutating func report(_ path: Path, _ error: Text) throws(Failure) {
    pictureCount += 1
    errorCount += 1
    try results.write(path, error: error)
  }
}
