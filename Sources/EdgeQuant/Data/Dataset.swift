import EdgeFormats
import EdgeModel
import EdgeTensor

/// Samples for a model's first input, labelled or not, in an order that depends on the data alone.
///
///     let data = try Dataset.open("pictures", report: &report)
///     let encoder = try InputEncoder(model.inputs[0], preprocessing: model.preprocessing)
///     for index in 0..<data.count { try encoder.write(try data.sample(index), into: input) }
///
/// Samples are read one at a time, when asked for.
public struct Dataset: Sendable {
  /// As given to `open`.
  public let path: String
  /// Of the classes that labels count, as far as the data names them.
  public internal(set) var classNames: [String]
  var items: [Item]
  /// How many classes the format has, where it says so.
  var declaredClassCount: Int?

  struct Item: Sendable {
    var source: Source
    var label: Int?
  }

  enum Source: Sendable {
    case jpeg(path: String)
    case numpy(path: String)
    case record(RecordFile, index: Int)
  }

  init(path: String, items: [Item], classNames: [String] = [], declaredClassCount: Int? = nil) {
    self.path = path
    self.items = items
    self.classNames = classNames
    self.declaredClassCount = declaredClassCount
  }

  public var count: Int { items.count }
  /// Whether every sample has a label.
  public var isLabelled: Bool { items.allSatisfy { $0.label != nil } }
  /// By sample; nil for one without.
  public var labels: [Int?] { items.map { $0.label } }

  /// Reads one sample.
  /// - Throws: `sample` if its file is not there or not what it was taken for. That a JPEG file is damaged shows when it is encoded.
  public func sample(_ index: Int) throws(DataError) -> Sample {
    let content: Sample.Content =
      switch items[index].source {
      case .jpeg(let path): .jpeg(try Dataset.bytes(of: path))
      case .numpy(let path): try Dataset.tensor(inNumpy: path)
      case .record(let file, let index): file.content(index)
      }
    return Sample(name: name(index), label: items[index].label, content)
  }

  /// The path of a sample, or `file[index]`.
  public func name(_ index: Int) -> String {
    switch items[index].source {
    case .jpeg(let path), .numpy(let path): path
    case .record(let file, let index): "\(file.path)[\(index)]"
    }
  }

  /// At most `count` samples, evenly spaced, so that data sorted by class keeps all of its classes: sample `i · n / count` of n.
  public func subset(_ count: Int) -> Dataset {
    guard count < items.count else { return self }
    var subset = self
    subset.items = (0..<max(count, 0)).map { items[$0 * items.count / count] }
    return subset
  }

  /// Labels above this are taken for a mistake.
  static let maximumLabel = LabelFile.maximumCount

  /// - Throws: `bad` for labels that cannot be an index.
  static func check(labels: [Int], path: String) throws(DataError) {
    if let wrong = labels.first(where: { $0 < 0 || $0 > maximumLabel }) {
      throw .bad(path: path, reason: "label \(wrong) is not in 0...\(maximumLabel)")
    }
  }

  /// Larger files are not read.
  static let maximumFileByteCount = 256 << 20

  private static func bytes(of path: String) throws(DataError) -> [UInt8] {
    guard let file = ModelBytes(mapping: path) else { throw .sample(name: path, reason: "cannot be read") }
    guard file.bytes.count <= maximumFileByteCount else {
      throw .sample(name: path, reason: "larger than \(maximumFileByteCount) bytes")
    }
    return [UInt8](file.bytes)
  }
}

/// Samples of one size, one after the other in a file.
final class RecordFile: Sendable {
  enum Layout: Sendable {
    /// Gray, or interleaved RGB.
    case pixels(width: Int, height: Int, channelCount: Int)
    /// All red samples, then all green, then all blue ones.
    case planes(width: Int, height: Int)
    case tensor(DataType, Shape)
  }

  let path: String
  let layout: Layout
  private let file: ModelBytes
  private let start: Int
  private let step: Int
  private let byteCount: Int

  /// Sample i has `byteCount` bytes from `start + i · step`, which the caller has checked against the file.
  init(path: String, file: ModelBytes, start: Int, step: Int, byteCount: Int, layout: Layout) {
    self.path = path
    self.file = file
    self.start = start
    self.step = step
    self.byteCount = byteCount
    self.layout = layout
  }

  func content(_ index: Int) -> Sample.Content {
    let first = start + index * step
    let bytes = [UInt8](file.bytes[first..<(first + byteCount)])
    switch layout {
    case .pixels(let width, let height, let channelCount):
      return .pixels(bytes, width: width, height: height, channelCount: channelCount)
    case .planes(let width, let height):
      var pixels = [UInt8](repeating: 0, count: byteCount)
      let plane = width * height
      for pixel in 0..<plane { for channel in 0..<3 { pixels[3 * pixel + channel] = bytes[channel * plane + pixel] } }
      return .pixels(pixels, width: width, height: height, channelCount: 3)
    case .tensor(let type, let shape): return .tensor(bytes, type, shape)
    }
  }
}
