import EdgeImage
import EdgeModel
import EdgeRuntime

extension Command {
  static let classify = Command(
    name: "classify",
    summary: "Label pictures.",
    operands: "PATH...",
    details: """
      PATH is a JPEG file, a folder (its .jpg and .jpeg files and those in folders
      below, sorted by name), a pattern that the shell left alone, such as
      'day-*/**/*.jpg', or - for a list of paths on standard input, one a line.

      Pictures are labelled by as many threads as -t says, one thread each; a single
      one by all of them. Neither changes the results nor their order.

      A picture that cannot be read is one row with an error; the others follow. Exit
      code 0 then, 1 with --strict; but if PATH names one single file, 66 if there is
      none and 65 if it is damaged.
      """,
    options: [
      .model, .labels, .top, .threads, .pictureFormat, .outputFile, .timing, .strict, .null, .maximumPixels, .noFuse,
      .maximumMemory, .quiet, .verbose,
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
  fileprivate static let null = Option(
    "null", "0", nil, "paths on standard input end with a zero byte,\nas find -print0 writes them")
  fileprivate static let maximumPixels = Option(
    "max-pixels", nil, "N", "refuse larger pictures (default 100M, 100 million)")
}

/// `edgeinfer classify`.
private struct ClassifyCommand {
  private let isStrict: Bool
  private let verbosity: Verbosity
  private let queue: PictureQueue
  private let results: PictureResults
  private var progress: ProgressBar
  private let isSingleFile: Bool
  /// As the operands have it, which may be none.
  private let operandCount: Int
  private var pictureCount = 0
  private var errorCount = 0
  /// The last error was that there is no such file.
  private var lastIsMissing = false

  init(_ arguments: Arguments) throws(Failure) {
    let operands = arguments.operands.map { Path($0) }
    operandCount = operands.count
    isStrict = arguments.has(.strict)
    verbosity = Verbosity(arguments)
    guard !operands.isEmpty else { throw arguments.usage("no pictures: name files or folders") }
    let format = PictureResults.Format(
      rawValue: try arguments.choice(.pictureFormat, among: PictureResults.Format.names) ?? 0)
    let top = try arguments.integer(.top, in: 1...1_000_000) ?? 5
    var limits = ImageLimits()
    if let count = try arguments.count(.maximumPixels) { limits.maximumPixels = count }
    let labels = try LabelNames(arguments)

    let path = try ModelFile.find(arguments)
    let model = try ModelFile.load(path)
    let source = PictureSource(operands, separator: arguments.has(.null) ? 0 : 0x0A) { _ in true }
    isSingleFile = source.isSingleFile
    let classifiers = try Classifier.crew(
      arguments, model, path, pictureCount: source.count, top: top, limits: limits, verbosity)
    let classifier = classifiers[0]
    labels.warn(classifier, verbosity)
    let output =
      try arguments.path(.outputFile).map { path throws(Failure) in try Output(creating: path) }
      ?? Output.standard
    results = PictureResults(
      output, format ?? .text, showsTiming: arguments.has(.timing), asPercentage: classifier.givesProbabilities
    ) { labels.name($0, model) }
    progress = ProgressBar(total: source.count, output: output, verbosity)
    queue = try PictureQueue(source, classifiers.map { PictureWorker($0) })
  }

  mutating func run() throws(Failure) -> ExitCode {
    while let result = try queue.next() {
      pictureCount += 1
      if let error = result.error {
        errorCount += 1
        lastIsMissing = error.isMissing
      }
      try results.write(result)
      progress.show(pictureCount)
    }
    try results.end()
    progress.end()

    let skippedCount = queue.skippedCount
    if skippedCount > 0 { verbosity.note(.verbose, "\(skippedCount) files that are not JPEG were skipped") }
    if pictureCount == 0 { verbosity.note(.normal, "no JPEG files found") }
    if errorCount > 0, pictureCount > 1 {
      verbosity.note(.normal, "\(errorCount) of \(pictureCount) pictures could not be labelled")
    }
    if isStrict, errorCount > 0 { return .checkFailed }
    if isSingleFile, errorCount > 0 { return lastIsMissing ? .noInput : .badData }
    return operandCount == 1 && pictureCount == 0 ? .noInput : .done
  }
}

extension Classifier {
  /// One for each picture that is labelled at a time.
  ///
  /// More than one picture: each by one thread, in an arena of its own, as many at a time as there are threads and as `--max-memory`
  /// allows. A single one: by all threads. Results are the same.
  /// - Parameter pictureCount: nil if it is not known.
  fileprivate static func crew(
    _ arguments: Arguments, _ model: Model, _ path: Path, pictureCount: Int?, top: Int, limits: ImageLimits,
    _ verbosity: Verbosity
  ) throws(Failure) -> [Classifier] {
    let threads = try arguments.integer(.threads, in: 1...256) ?? Process.defaultThreadCount
    let memoryLimit = try arguments.byteCount(.maximumMemory)
    var count = min(threads, max(pictureCount ?? .max, 1))
    let plan = try ModelFile.plan(
      model, path, threads: count == 1 ? threads : 1, fuses: !arguments.has(.noFuse), memoryLimit: memoryLimit)
    let peak = max(plan.memory.peak, 1)
    if let memoryLimit, memoryLimit / peak < count {
      count = memoryLimit / peak
      verbosity.note(
        .normal,
        "--max-memory has room for \(count) times \(peak) bytes: labelling \(count) pictures at a time, not \(threads)")
    }
    verbosity.note(
      .verbose, "\(path): peak memory \(count * peak) bytes, \(count == 1 ? plan.threads : count) threads")
    var classifiers: [Classifier] = []
    while classifiers.count < count {
      classifiers.append(try Classifier(ModelFile.interpreter(plan, path), path, top: top, limits: limits))
    }
    return classifiers
  }
}
