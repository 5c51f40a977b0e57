import CEdgeSystem
import EdgeImage
import EdgeModel
import EdgeRuntime
import EdgeTensor

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
      .model, .labels, .top, .threads, .pictureFormat, .outputFile, .resume, .timing, .strict, .labelled, .sortInto,
      .contactSheet, .shard, .null, .maximumPixels, .stageProfile, .noFuse, .maximumMemory, .quiet, .verbose,
    ],
    example: "edgeinfer classify --top 3 photo.jpg holidays/",
    run: { arguments throws(Failure) in
      var command = try ClassifyCommand(arguments)
      return try command.run()
    })
}

/// `edgeinfer classify`.
private struct ClassifyCommand {
  private let isStrict: Bool
  private let verbosity: Verbosity
  private let queue: PictureQueue
  private let results: PictureResults
  /// CSV or JSON is written there.
  private let fillsStandardOutput: Bool
  private let sheet: ContactSheet?
  private var tally: PictureTally
  /// nil if nobody asks.
  private var stages: StageProfile?
  private var progress: ProgressBar
  private let isSingleFile: Bool
  private let operandCount: Int
  /// Of all pictures, which may leave none.
  private let isPart: Bool
  /// Pictures that a run before this one has labelled.
  private let previousCount: Int

  init(_ arguments: Arguments) throws(Failure) {
    let options = try ClassifyOptions(arguments)
    (isStrict, verbosity) = (arguments.has(.strict), Verbosity(arguments))
    stages = arguments.has(.stageProfile) ? StageProfile() : nil
    operandCount = options.operands.count
    isPart = options.shard.count > 1
    fillsStandardOutput = options.output == nil && options.format != .text
    let labels = try LabelNames(arguments)

    let path = try ModelFile.find(arguments)
    let model = try ModelFile.load(path)
    var source = PictureSource(
      options.operands, separator: options.separator, isWanted: { [shard = options.shard] in shard.contains($0) })
    isSingleFile = source.isSingleFile
    let wanted = options.isLabelled ? max(options.top, LabelledFigures.bestCount) : options.top
    let classifiers = try Classifier.crew(
      arguments, model, path, pictureCount: source.count, top: wanted, limits: options.limits, verbosity)
    let classifier = classifiers[0]
    labels.warn(classifier, verbosity)

    let label: (Int) -> String? = { labels.name($0, model) }
    tally = PictureTally(label: label)
    if options.isLabelled {
      var figures = LabelledFigures(classifier.classCount, label: label)
      if let note = try figures.check(source.classFolders()) { verbosity.note(.normal, note) }
      tally.figures = figures
    }
    if let folder = options.sortFolder { tally.folders = try LabelFolders(folder) }

    let header =
      options.shard.number == 1 ? PictureResults.header(options.format, showsTiming: options.showsTiming) : []
    let classCount = min(options.top, classifier.classCount)
    let total = source.count
    var kept = 0
    if options.resumes, let file = options.output {
      if options.isLabelled, classCount < min(LabelledFigures.bestCount, classifier.classCount) {
        throw arguments.usage(
          "--labelled with --resume reads five classes of each picture from the file: give -k 5 or more")
      }
      kept = try ClassifyCommand.replay(
        file, options.format, header: header, classCount: classCount, &source, &tally, verbosity)
    }
    previousCount = tally.pictureCount
    let output =
      try options.output.map { path throws(Failure) in
        try kept > 0 ? Output(continuing: path, at: kept) : Output(creating: path)
      } ?? Output.standard
    results = PictureResults(
      output, options.format, header: kept > 0 ? [] : header, classCount: classCount, showsTiming: options.showsTiming,
      asPercentage: classifier.givesProbabilities, label: label)
    sheet = try options.contactSheet.map { path throws(Failure) in
      try ContactSheet(path, classCount: classCount, asPercentage: classifier.givesProbabilities, label: label)
    }
    progress = ProgressBar(total: total, output: output, verbosity)
    queue = try PictureQueue(
      source,
      classifiers.map { classifier throws(Failure) in
        PictureWorker(
          classifier, try options.contactSheet.map { _ throws(Failure) in try Thumbnails(limits: options.limits) })
      })
  }

  /// Takes the pictures whose results are in the file for done.
  /// - Returns: where to go on in the file.
  private static func replay(
    _ file: Path, _ format: PictureResults.Format, header: [UInt8], classCount: Int, _ source: inout PictureSource,
    _ tally: inout PictureTally, _ verbosity: Verbosity
  ) throws(Failure) -> Int {
    guard let previous = try PreviousResults(file, format, header: header, classCount: classCount) else { return 0 }
    while let item = try source.next() {
      guard let picture = try previous.next(item.path) else {
        source.putBack(item)
        break
      }
      tally.add(item, picture.classes.isEmpty ? nil : picture.classes, isMissing: false)
    }
    try previous.finish()
    verbosity.note(.normal, "\(file) has \(tally.pictureCount) pictures already: going on behind them")
    return previous.byteCount
  }

  mutating func run() throws(Failure) -> ExitCode {
    while let result = try queue.next() {
      tally.add(result)
      if result.error == nil, stages != nil {
        stages?.add(result.times)
        stages?.add(.wait, edge_clock_ns() - result.finished)
      }
      try results.write(result)
      sheet?.add(result)
      progress.show(tally.pictureCount, skipped: previousCount)
    }
    try results.end()
    try sheet?.end()
    progress.end()

    if let stages { Console.write(stages.text) }
    if let figures = tally.figures { try tell(figures) }
    let skippedCount = queue.skippedCount
    if skippedCount > 0 { verbosity.note(.verbose, "\(skippedCount) files that are not JPEG were skipped") }
    let (pictureCount, errorCount) = (tally.pictureCount, tally.errorCount)
    if pictureCount == 0 { verbosity.note(.normal, isPart ? "no JPEG files in this part" : "no JPEG files found") }
    if errorCount > 0, pictureCount > 1 {
      verbosity.note(.normal, "\(errorCount) of \(pictureCount) pictures could not be labelled")
    }
    if let folders = tally.folders {
      verbosity.note(.verbose, "\(folders.linkCount) pictures linked, \(folders.copyCount) copied")
      if folders.failureCount > 0 {
        throw Failure(
          .inputOutput, "\(folders.failureCount) pictures could not be sorted; the first: \(folders.reason)")
      }
    }
    if isStrict, errorCount > 0 { return .checkFailed }
    if isSingleFile, errorCount > 0 { return tally.lastIsMissing ? .noInput : .badData }
    return operandCount == 1 && pictureCount == 0 && !isPart ? .noInput : .done
  }

  /// Figures are results, but must not come among CSV or JSON.
  private func tell(_ figures: LabelledFigures) throws(Failure) {
    let output = fillsStandardOutput ? Output.standardError : Output.standard
    output.write(figures.text)
    try output.close()
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
