import EdgeImage
import EdgeTensor

extension Option {
  static let top = Option("top", "k", "N", "so many classes for each picture (default 5)")
  static let pictureFormat = Option("format", nil, "FORMAT", "text (the default), csv, json or jsonl")
  static let resume = Option(
    "resume", nil, nil, "go on where an interrupted run that wrote this -o FILE\n(csv, jsonl) ended")
  static let strict = Option("strict", nil, nil, "exit code 1 if any picture cannot be labelled")
  static let labelled = Option(
    "labelled", nil, nil, "folders say what their pictures show: add accuracy and\nconfusions")
  static let sortInto = Option(
    "sort-into", nil, "DIR", "link or copy pictures into a folder for each label")
  static let contactSheet = Option(
    "contact-sheet", nil, "FILE", "write a page with thumbnails, labels and scores (HTML)")
  static let shard = Option("shard", nil, "I/N", "only part I of N of the pictures")
  static let null = Option(
    "null", "0", nil, "paths on standard input end with a zero byte,\nas find -print0 writes them")
  static let maximumPixels = Option(
    "max-pixels", nil, "N", "refuse larger pictures (default 100M, 100 million)")
}

/// What the command line of `classify` says, as far as it needs no model.
struct ClassifyOptions {
  let operands: [Path]
  let format: PictureResults.Format
  let top: Int
  let output: Path?
  let resumes: Bool
  let showsTiming: Bool
  let isLabelled: Bool
  let sortFolder: Path?
  let contactSheet: Path?
  let shard: Shard
  /// Of paths on standard input.
  let separator: UInt8
  let limits: ImageLimits

  init(_ arguments: Arguments) throws(Failure) {
    operands = arguments.operands.map { Path($0) }
    guard !operands.isEmpty else { throw arguments.usage("no pictures: name files or folders") }
    let format = try arguments.choice(.pictureFormat, among: PictureResults.Format.names)
    self.format = PictureResults.Format(rawValue: format ?? 0) ?? .text
    top = try arguments.integer(.top, in: 1...1_000_000) ?? 5
    output = try arguments.path(.outputFile)
    resumes = arguments.has(.resume)
    if resumes, output == nil || self.format == .text || self.format == .json {
      throw arguments.usage("--resume needs -o FILE and --format csv or jsonl")
    }
    showsTiming = arguments.has(.timing)
    isLabelled = arguments.has(.labelled)
    sortFolder = try arguments.path(.sortInto)
    contactSheet = try arguments.path(.contactSheet)
    if resumes, contactSheet != nil {
      throw arguments.usage(
        "--contact-sheet has no thumbnails of pictures labelled before, so it does not go with --resume")
    }
    if let text = arguments.last(.shard) {
      guard let shard = Shard(text) else {
        throw arguments.usage("option --shard: \"\(utf8: text)\" is not a part such as 1/4, 2/4 or 4/4")
      }
      self.shard = shard
    } else {
      shard = .whole
    }
    separator = arguments.has(.null) ? 0 : 0x0A
    var limits = ImageLimits()
    if let count = try arguments.count(.maximumPixels) { limits.maximumPixels = count }
    self.limits = limits
  }
}
