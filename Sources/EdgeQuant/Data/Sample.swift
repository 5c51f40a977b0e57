import EdgeTensor

/// One picture or tensor for a model's first input, and what it shows.
public struct Sample: Sendable {
  public enum Content: Sendable {
    /// A whole JPEG file.
    case jpeg([UInt8])
    /// `height · width · channelCount` samples, interleaved; gray or RGB.
    case pixels([UInt8], width: Int, height: Int, channelCount: Int)
    /// Little-endian elements, row-major. uint8 of a picture's shape counts as pixels where the model has preprocessing.
    case tensor([UInt8], DataType, Shape)
  }

  /// A path, or `file[index]`.
  public let name: String
  /// Index of its class; nil if that is not known.
  public let label: Int?
  public let content: Content

  public init(name: String, label: Int? = nil, _ content: Content) {
    self.name = name
    self.label = label
    self.content = content
  }
}

/// The samples that could not be used.
public struct UnreadableSamples: Sendable {
  public private(set) var count = 0
  /// The first of them, with reasons.
  public private(set) var examples: [DataError] = []

  /// More are counted, but not named.
  public static let maximumExampleCount = 10

  public init() {}

  public mutating func add(_ error: DataError) {
    count += 1
    if examples.count < UnreadableSamples.maximumExampleCount { examples.append(error) }
  }

  /// Notes how many of `total` samples were left out, and names the first ones.
  /// - Throws: `nothingReadable` if that were all.
  public func note(of total: Int, path: String, in report: inout Report) throws(DataError) {
    guard let first = examples.first else { return }
    guard count < total else { throw .nothingReadable(path: path, count: total, example: "\(first)") }
    report.note("\(path): \(count) of \(total) samples cannot be used and are left out:")
    for example in examples { report.note("  \(example)") }
    if count > examples.count { report.note("  and \(count - examples.count) more") }
  }
}
