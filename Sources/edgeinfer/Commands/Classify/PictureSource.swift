import EdgeFormats
import EdgeTensor

/// One row of the output: a picture, or a folder that cannot be read.
struct PictureItem {
  let path: Path
  /// What the path is relative to its argument; all of it for a file that was named itself.
  let name: [UInt8]
  /// It was found in a folder or by a pattern.
  let isFound: Bool
  /// Why there is no picture to look for.
  var problem: Text?

  /// The folder whose name tells what the picture shows: the first one below the argument, however deep the picture lies. Where there
  /// is none, and for a file that was named itself, the one that contains it.
  var classFolder: [UInt8]? {
    if isFound, let slash = name.firstIndex(of: UInt8(ascii: "/")) { return Array(name[..<slash]) }
    guard let folder = path.parent?.lastComponent, !folder.isEmpty, !folder.elementsEqual(".".utf8),
      !folder.elementsEqual("..".utf8)
    else { return nil }
    return folder
  }
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
  private var returned: PictureItem?
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

  /// Names of the folders that say what the pictures show, as far as they are known before standard input is read.
  func classFolders() -> [[UInt8]] {
    var names = NameList()
    var last: [UInt8]?
    func add(_ item: PictureItem) {
      guard let name = item.classFolder, name != last else { return }
      last = name
      names.append(name)
    }
    for operand in operands {
      switch operand {
      case .file(let path): add(PictureItem(path: path, name: path.bytes, isFound: false))
      case .found(let walk):
        for index in 0..<walk.pictures.count { add(PictureSource.item(walk.pictures[index], walk)) }
      case .standardInput: break
      }
    }
    names.sort()
    return (0..<names.count).map { names[$0] }
  }

  /// Lets an item come once more, before all others.
  mutating func putBack(_ item: PictureItem) { returned = item }

  /// - Returns: nil at the end.
  mutating func next() throws(Failure) -> PictureItem? {
    if let item = returned {
      returned = nil
      return item
    }
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
        return PictureItem(path: path, name: path.bytes, isFound: false)
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
          return PictureItem(path: path, name: line, isFound: false)
        }
      }
    }
  }

  /// Pictures first, then the folders without access.
  private mutating func next(in walk: FolderWalk) -> PictureItem? {
    defer { position += 1 }
    if position < walk.pictures.count {
      return PictureSource.item(walk.pictures[position], walk)
    }
    let index = position - walk.pictures.count
    guard index < walk.problems.count else { return nil }
    let problem = walk.problems[index]
    var item = PictureSource.item(problem.name, walk)
    item.problem = problem.reason
    return item
  }

  private static func item(_ name: [UInt8], _ walk: FolderWalk) -> PictureItem {
    PictureItem(path: walk.base.below(name), name: name, isFound: true)
  }
}
