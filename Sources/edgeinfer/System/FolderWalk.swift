import CEdgeSystem
import EdgeTensor

/// Finds the JPEG files of a folder and of all folders below it, or those that match a pattern.
struct FolderWalk {
  /// What all names are relative to; empty for the current folder.
  let base: Path
  /// By their bytes, relative to `base`.
  private(set) var pictures = NameList()
  /// Folders that cannot be read, relative to `base`, with the system's reason.
  private(set) var problems: [(name: [UInt8], reason: Text)] = []
  /// Files whose names do not end like a JPEG's.
  private(set) var skippedCount = 0
  /// Whether a name is wanted at all; others are neither kept nor counted.
  private let isWanted: ([UInt8]) -> Bool

  /// Links to files are followed, links to folders are not: so the walk ends, and no picture comes twice.
  init(_ folder: Path, isWanted: @escaping ([UInt8]) -> Bool) {
    base = folder
    self.isWanted = isWanted
    walk([])
    sort()
  }

  /// - Returns: nil if nothing matches.
  init?(_ pattern: PathPattern, isWanted: @escaping ([UInt8]) -> Bool) {
    base = pattern.base
    self.isWanted = isWanted
    expand([], pattern.parts[...])
    guard pictures.count > 0 || !problems.isEmpty || skippedCount > 0 else { return nil }
    sort()
  }

  private mutating func sort() {
    pictures.sort()
  }

  /// Few, so that each is put where it belongs.
  private mutating func add(problem name: [UInt8], _ reason: Text) {
    guard isWanted(name) else { return }
    let place = problems.firstIndex { name.lexicographicallyPrecedes($0.name) } ?? problems.count
    problems.insert((name, reason), at: place)
  }

  /// Takes a folder and all below it.
  private mutating func walk(_ folder: [UInt8]) {
    var waiting = [folder]
    while let folder = waiting.popLast() {
      list(folder) { walk, entry, kind in
        let name = FolderWalk.join(folder, entry)
        if kind == .directory { waiting.append(name) } else { walk.take(name, kind) }
      }
    }
  }

  /// Takes what matches `parts` below a folder.
  private mutating func expand(_ folder: [UInt8], _ parts: ArraySlice<PathPattern.Part>) {
    guard let part = parts.first else { return }
    let rest = parts.dropFirst()
    func reach(_ walk: inout FolderWalk, _ name: [UInt8], _ kind: Path.Kind) {
      if !rest.isEmpty {
        if kind == .directory { walk.expand(name, rest) }
      } else if kind == .directory {
        walk.walk(name)
      } else {
        walk.take(name, kind)
      }
    }
    switch part {
    case .name(let entry):
      let name = FolderWalk.join(folder, entry)
      let kind = base.below(name).kind
      if kind != .missing { reach(&self, name, kind) }
    case .wildcards(let wildcards):
      list(folder) { walk, entry, kind in
        if PathPattern.matches(entry, wildcards) { reach(&walk, FolderWalk.join(folder, entry), kind) }
      }
    case .anyFolders:
      if rest.isEmpty { return walk(folder) }
      expand(folder, rest)
      list(folder) { walk, entry, kind in
        let isHidden = entry.first == UInt8(ascii: ".")
        if kind == .directory, !isHidden { walk.expand(FolderWalk.join(folder, entry), parts) }
      }
    }
  }

  private mutating func list(_ folder: [UInt8], _ body: (inout FolderWalk, [UInt8], Path.Kind) -> Void) {
    guard let directory = base.below(folder).withCString({ edge_directory_open($0) }) ?? nil else {
      return add(problem: folder, SystemError.text)
    }
    defer { edge_directory_close(directory) }
    var kind: Int32 = 0
    while let name = edge_directory_next(directory, &kind) { body(&self, Array(cString: name), Path.Kind(kind)) }
    let error = SystemError.last
    if error != 0 { add(problem: folder, SystemError.text(of: error)) }
  }

  private mutating func take(_ name: [UInt8], _ kind: Path.Kind) {
    guard isWanted(name) else { return }
    if kind == .file, FolderWalk.isJPEG(name) { pictures.append(name) } else { skippedCount += 1 }
  }

  private static func join(_ folder: [UInt8], _ entry: [UInt8]) -> [UInt8] {
    folder.isEmpty ? entry : folder + [UInt8(ascii: "/")] + entry
  }

  /// `.jpg` or `.jpeg`, in capitals or not.
  private static func isJPEG(_ name: [UInt8]) -> Bool {
    let end = name.suffix(5).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return end.elementsEqual(".jpeg".utf8) || end.suffix(4).elementsEqual(".jpg".utf8)
  }
}
