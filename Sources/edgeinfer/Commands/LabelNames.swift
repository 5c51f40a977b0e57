import EdgeFormats
import EdgeModel
import EdgeTensor

/// Names of classes: the model's own, or those of a file given with `--labels`.
struct LabelNames {
  private let names: [String]?

  init(_ arguments: Arguments) throws(Failure) {
    names = try arguments.path(.labels).map { path throws(Failure) in try LabelNames.read(path) }
  }

  /// nil for a class without one.
  func name(_ index: Int, _ model: Model) -> String? {
    guard let names else { return model.label(index) }
    return names.indices.contains(index) ? names[index] : nil
  }

  /// Tells if there are not as many as classes.
  func warn(_ classifier: Classifier, _ verbosity: Verbosity) {
    let count = names?.count ?? classifier.model.labelCount
    guard count > 0, count != classifier.classCount else { return }
    verbosity.note(.normal, "\(count) labels for \(classifier.classCount) classes: the names may be shifted")
  }

  private static func read(_ path: Path) throws(Failure) -> [String] {
    var bytes: [UInt8] = []
    guard let file = File(reading: path), file.read(into: &bytes, limit: 1 << 26) else {
      throw Failure(.noInput, "cannot read the labels \(path): \(SystemError.text)")
    }
    guard let labels = LabelFile.parse(bytes) else {
      throw Failure(.badData, "\(path): the numbers of the lines are too large, or one occurs twice")
    }
    return labels
  }
}

extension Option {
  static let labels = Option("labels", "l", "FILE", "names of the classes, one a line, instead of the model's")
  static let outputFile = Option("output", "o", "FILE", "write results there, not to standard output")
  static let timing = Option("timing", nil, nil, "add the milliseconds each picture took")
}
