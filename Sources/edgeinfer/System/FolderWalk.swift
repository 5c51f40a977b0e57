import CEdgeSystem

/// Finds the JPEG files of a folder and of all folders below it.
struct FolderWalk {
  /// By the bytes of their paths.
  private(set) var pictures: [Path] = []
  /// Folders that cannot be read, with the system's reason.
  private(set) var problems: [(path: Path, reason: Text)] = []
  /// Files whose names do not end like a JPEG's.
  private(set) var skippedCount = 0

  /// Links to files are followed, links to folders are not: so the walk ends, and no picture comes twice.
  init(_ folder: Path) {
    var waiting = [folder]
    while let next = waiting.popLast() { list(next, &waiting) }
    pictures.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    problems.sort { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
  }

  private mutating func list(_ folder: Path, _ waiting: inout [Path]) {
    guard let directory = folder.withCString({ edge_directory_open($0) }) ?? nil else {
      problems.append((folder, SystemError.text))
      return
    }
    defer { edge_directory_close(directory) }
    var kind: Int32 = 0
    while let name = edge_directory_next(directory, &kind) {
      let path = folder.appending(Array(cString: name))
      switch Path.Kind(kind) {
      case .directory: waiting.append(path)
      case .file where FolderWalk.isJPEG(path.bytes): pictures.append(path)
      default: skippedCount += 1
      }
    }
    if SystemError.last != 0 { problems.append((folder, SystemError.text)) }
  }

  /// `.jpg` or `.jpeg`, in capitals or not.
  private static func isJPEG(_ name: [UInt8]) -> Bool {
    let end = name.suffix(5).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return end.elementsEqual(".jpeg".utf8) || end.suffix(4).elementsEqual(".jpg".utf8)
  }
}
