import EdgeFormats

/// The names of classes, fitted to what a model gives.
public enum Labels {
  /// Reads a label file: one name a line, `index name`, or WordNet's `n01440764 name`. Lines that start with `#` are comments.
  /// - Parameter classCount: elements of the model's first output; nil if that is not a list of classes.
  /// - Throws: `badLabels` if the file has no names, contradicts itself, or has another number of names than the model has classes.
  ///   One name more or less is the ImageNet background class, which is added or removed with a note.
  public static func parse(
    _ file: [UInt8], classCount: Int?, report: inout Report
  ) throws(QuantError) -> [String] {
    guard let labels = LabelFile.parse(withoutComments(file)) else {
      throw .badLabels("a number occurs twice or is too large; each class must have one line")
    }
    guard labels.contains(where: { !$0.isEmpty }) else { throw .badLabels("the file has no names") }
    guard let classCount, classCount > 1 else { return labels }
    if labels.count == classCount + 1, isBackground(labels[0]) {
      report.note("labels: \(labels.count) names for \(classCount) classes; the first, \"\(labels[0])\", is left out")
      return Array(labels.dropFirst())
    }
    if labels.count + 1 == classCount, !isBackground(labels[0]), classCount == 1001 {
      report.note("labels: \(labels.count) names for \(classCount) classes; class 0 is taken to be the background")
      return ["background"] + labels
    }
    guard labels.count == classCount else {
      throw .badLabels(
        "\(labels.count) names, but the model has \(classCount) classes; give a file with one name for each")
    }
    return labels
  }

  private static func isBackground(_ label: String) -> Bool {
    ["background", "dummy", "???", "unlabeled"].contains(label.lowercased())
  }

  private static func withoutComments(_ file: [UInt8]) -> [UInt8] {
    let lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return Array(lines.filter { $0.first != UInt8(ascii: "#") }.joined(separator: [UInt8(ascii: "\n")]))
  }
}
