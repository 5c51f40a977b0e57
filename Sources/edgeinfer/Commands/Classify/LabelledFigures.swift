import EdgeRuntime
import EdgeTensor

/// How often the model is right about pictures whose folders tell what they show.
struct LabelledFigures {
  /// So many classes are looked at for top-5.
  static let bestCount = 5
  /// Of more classes no matrix is kept, which would take 16 MB.
  private static let maximumMatrixClassCount = 2000
  /// Matrices of more classes are not drawn.
  private static let maximumDrawnClassCount = 20
  private static let confusionCount = 20
  private static let namedFolderCount = 8

  private struct ClassCounts {
    var pictures = 0
    var answers = 0
    var right = 0
  }

  private let classCount: Int
  private let label: (Int) -> String?
  private var folders: FolderLabels
  private var counts: [ClassCounts]
  /// At `classCount · class of the folder + the model's answer`; empty for too many classes.
  private var matrix: [UInt32]
  private var (total, right, rightInTop5) = (0, 0, 0)
  private var (errorCount, strangerCount) = (0, 0)
  /// Names of folders that are no class, up to a few.
  private var strangers: [[UInt8]] = []

  init(_ classCount: Int, label: @escaping (Int) -> String?) {
    self.classCount = classCount
    self.label = label
    folders = FolderLabels(classCount, label: label)
    counts = Array(repeating: ClassCounts(), count: classCount)
    let isSmall = classCount <= LabelledFigures.maximumMatrixClassCount
    matrix = isSmall ? Array(repeating: 0, count: classCount * classCount) : []
  }

  /// Checks the names of folders before anything is labelled.
  /// - Returns: what to tell about those that are no class.
  /// - Throws: if none is.
  mutating func check(_ names: [[UInt8]]) throws(Failure) -> Text? {
    let unknown = names.filter { folders.index($0) == nil }
    guard !unknown.isEmpty else { return nil }
    let list = LabelledFigures.list(unknown.map { Text($0) })
    guard unknown.count < names.count else {
      var labels: [Text] = []
      for index in 0..<classCount { if let label = label(index) { labels.append(Text(label)) } }
      let hint: Text =
        labels.isEmpty
        ? "the model has no labels: give them with -l, or let folders have class numbers from 0 to \(classCount - 1)"
        : "labels are \(LabelledFigures.list(labels)): rename the folders, or give other labels with -l"
      throw Failure(.badData, "no folder has the name of a class: folders are \(list); \(hint)")
    }
    return "\(unknown.count) of \(names.count) folders have no class's name and do not count: \(list)"
  }

  /// - Parameters:
  ///   - folder: nil if the picture lies in none.
  ///   - classes: the best first; nil if it could not be labelled.
  mutating func add(folder: [UInt8]?, _ classes: [Int]?) {
    guard let folder, let truth = folders.index(folder) else {
      strangerCount += 1
      let name = folder ?? []
      if strangers.count < LabelledFigures.namedFolderCount, !strangers.contains(name) { strangers.append(name) }
      return
    }
    guard let classes, let answer = classes.first, answer < classCount else {
      errorCount += 1
      return
    }
    total += 1
    counts[truth].pictures += 1
    counts[answer].answers += 1
    if answer == truth {
      right += 1
      counts[truth].right += 1
    }
    if classes.prefix(LabelledFigures.bestCount).contains(truth) { rightInTop5 += 1 }
    if !matrix.isEmpty { matrix[classCount * truth + answer] += 1 }
  }

  var text: Text {
    var text: Text = "\(total) labelled pictures"
    if errorCount > 0 { text += ", \(errorCount) more could not be read" }
    if strangerCount > 0 {
      let names = strangers.map { $0.isEmpty ? "(none)" : Text($0) }
      text += ", \(strangerCount) more in folders that are no class: \(LabelledFigures.list(names))"
    }
    text += "\n"
    guard total > 0 else { return text }
    text += "top-1  \(share(right, total))  (\(right) of \(total))\n"
    if classCount > LabelledFigures.bestCount {
      text += "top-5  \(share(rightInTop5, total))  (\(rightInTop5) of \(total))\n"
    }
    let seen = (0..<classCount).filter { counts[$0].pictures + counts[$0].answers > 0 }
    text += "\n\(classTable(seen))"
    if !matrix.isEmpty { text += "\n\(confusions(seen))" }
    return text
  }

  private func classTable(_ seen: [Int]) -> Text {
    let width = seen.reduce(5) { max($0, name($1).count) } + 2
    var text: Text = "\(Text("class").padded(to: width))pictures   right    recall  precision\n"
    for index in seen {
      let counts = counts[index]
      text += name(index).padded(to: width)
      text += Text("\(counts.pictures)").paddedLeft(to: 8)
      text += Text("\(counts.right)").paddedLeft(to: 8)
      text += share(counts.right, counts.pictures).paddedLeft(to: 10)
      text += "\(share(counts.right, counts.answers).paddedLeft(to: 11))\n"
    }
    return text
  }

  /// The matrix of a few classes, or of many the most frequent confusions.
  private func confusions(_ seen: [Int]) -> Text {
    guard seen.count <= LabelledFigures.maximumDrawnClassCount else { return mostFrequent(seen) }
    let width = seen.reduce(0) { max($0, name($1).count) }
    var text: Text = "confusion (rows: the folder; columns: what the model says)\n\(Text("").padded(to: width))"
    for answer in seen { text += "  \(name(answer).cut(to: 5).paddedLeft(to: 5))" }
    text += "\n"
    for truth in seen where counts[truth].pictures > 0 {
      text += name(truth).padded(to: width)
      for answer in seen {
        let count = matrix[classCount * truth + answer]
        text += "  \((count == 0 ? "." : "\(Int(count))" as Text).paddedLeft(to: 5))"
      }
      text += "\n"
    }
    return text
  }

  private func mostFrequent(_ seen: [Int]) -> Text {
    var pairs: [(count: UInt32, truth: Int, answer: Int)] = []
    for truth in seen {
      for answer in seen where answer != truth {
        let count = matrix[classCount * truth + answer]
        guard count > 0, pairs.count < LabelledFigures.confusionCount || count > pairs.last!.count else { continue }
        pairs.insert((count, truth, answer), at: pairs.firstIndex { $0.count < count } ?? pairs.count)
        if pairs.count > LabelledFigures.confusionCount { pairs.removeLast() }
      }
    }
    var text: Text = "most frequent confusions (pictures, folder, what the model says)\n"
    for pair in pairs {
      text += "\(Text("\(Int(pair.count))").paddedLeft(to: 8))  \(name(pair.truth)), \(name(pair.answer))\n"
    }
    return pairs.isEmpty ? "no confusions\n" : text
  }

  private func name(_ index: Int) -> Text { label(index).map { Text($0).printable() } ?? "class \(index)" }

  /// `87.20 %`, rounded to nearest; `-` of none.
  private func share(_ count: Int, _ total: Int) -> Text {
    guard total > 0 else { return Text("-").paddedLeft(to: 8) }
    return Text("\(decimals((count * 20_000 + total) / (2 * total), 2)) %").paddedLeft(to: 8)
  }

  /// The first few.
  private static func list(_ names: [Text]) -> Text {
    var text: Text = ""
    for (index, name) in names.prefix(namedFolderCount).enumerated() {
      text += index == 0 ? name.cut(to: 40) : ", \(name.cut(to: 40))"
    }
    return names.count > namedFolderCount ? "\(text), and \(names.count - namedFolderCount) more" : text
  }
}
