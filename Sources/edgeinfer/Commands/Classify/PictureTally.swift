import EdgeRuntime

/// What is counted, and what else is done with a picture than writing its row.
struct PictureTally {
  private(set) var (pictureCount, errorCount) = (0, 0)
  /// The last error was that there is no such file.
  private(set) var lastIsMissing = false
  var figures: LabelledFigures?
  var folders: LabelFolders?
  private let label: (Int) -> String?

  init(label: @escaping (Int) -> String?) { self.label = label }

  /// - Parameters:
  ///   - classes: the best first; nil if the picture could not be labelled.
  ///   - isMissing: there is no such file.
  mutating func add(_ item: PictureItem, _ classes: [Int]?, isMissing: Bool) {
    pictureCount += 1
    if classes == nil {
      errorCount += 1
      lastIsMissing = isMissing
    }
    figures?.add(folder: item.classFolder, classes)
    if let best = classes?.first { folders?.add(item, index: best, label: label(best)) }
  }

  mutating func add(_ result: PictureResult) {
    add(
      result.item, result.error == nil ? result.top.map { $0.index } : nil, isMissing: result.error?.isMissing ?? false)
  }
}
