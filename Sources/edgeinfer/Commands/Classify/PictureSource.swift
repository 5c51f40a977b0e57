import EdgeFormats

/// One row of the output: a picture, or a folder that cannot be read.
struct PictureItem {
  let path: Path
  /// What the path is relative to its argument; all of it for a file that was named itself.
  let name: [UInt8]
  /// Why there is no picture to look for.
  var problem: Text?
}

/// The pictures that the operands of `classify` name, in their order.
///
/// Folders and patterns are searched at once: their sorted names are all that grows with the number of files. Standard input is read as
/// its paths are needed.
struct PictureSource {
  private enum Operand {
    case file(Path)
    case found(FolderWalk)
    case standardInput
  }

  private var operands: [Operand] = []
  /// The place in `operands`, and that in its list.
  private var (operand, position) = (0, 0)
  private var lines: LineReader
  /// A folder that standard input names.
  private var folder: FolderWalk?
  private(set) var skippedCount = 0
  /// So many items are to come; nil if standard input decides.
  private(set) var count: Int? = 0
  /// The only operand names a file.
  let isSingleFile: Bool
  private let isWanted: ([UInt8]) -> Bool

  /// - Parameters:
  ///   - separator: of the paths on standard input.
  ///   - isWanted: whether an item with this name is for us.
  init(_ operands: [Path], separator: UInt8, isWanted: @escaping ([UInt8]) -> Bool) {
    lines = LineReader(separator: separator)
    self.isWanted = isWanted
    for path in operands {
      if path.bytes.elementsEqual("-".utf8) {
        self.operands.append(.standardInput)
        count = nil
        continue
      }
      let kind = path.kind
      var walk: FolderWalk?
      if kind == .directory { walk = FolderWalk(path, isWanted: isWanted) }
      if kind == .missing, let pattern = PathPattern(path) { walk = FolderWalk(pattern, isWanted: isWanted) }
      if let walk {
        self.operands.append(.found(walk))
        skippedCount += walk.skippedCount
        count = count.map { $0 + walk.pictures.count + walk.problems.count }
      } else if isWanted(path.bytes) {
        self.operands.append(.file(path))
        count = count.map { $0 + 1 }
      }
    }
    if operands.count == 1, case .file? = self.operands.first { isSingleFile = true } else { isSingleFile = false }
  }

  /// - Returns: nil at the end.
  mutating func next() throws(Failure) -> PictureItem? {
    while true {
      if let walk = folder {
        if let item = next(in: walk) { return item }
        folder = nil
        position = 0
      }
      guard operand < operands.count else { return nil }
      switch operands[operand] {
      case .file(let path):
        operand += 1
        return PictureItem(path: path, name: path.bytes)
      case .found(let walk):
        if let item = next(in: walk) { return item }
        (operand, position) = (operand + 1, 0)
      case .standardInput:
        guard let line = try lines.next() else {
          operand += 1
          continue
        }
        if line.isEmpty { continue }
        let path = Path(line)
        if path.kind == .directory {
          folder = FolderWalk(path, isWanted: isWanted)
          skippedCount += folder!.skippedCount
        } else if isWanted(line) {
          return PictureItem(path: path, name: line)
        }
      }
    }
  }

  /// Pictures first, then the folders without access.
  private mutating func next(in walk: FolderWalk) -> PictureItem? {
    defer { position += 1 }
    if position < walk.pictures.count {
      let name = walk.pictures[position]
      return PictureItem(path: walk.base.below(name), name: name)
    }
    let index = position - walk.pictures.count
    guard index < walk.problems.count else { return nil }
    let problem = walk.problems[index]
    return PictureItem(path: walk.base.below(problem.name), name: problem.name, problem: problem.reason)
  }
}
