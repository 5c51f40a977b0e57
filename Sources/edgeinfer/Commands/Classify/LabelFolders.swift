import CEdgeSystem
import EdgeModel
import EdgeTensor

/// Puts pictures into a folder for each label: as hard links, or as copies where a file system has none or is another one.
///
/// Nothing is ever overwritten. A picture keeps its name; if another one has that already, the first digits of the hash of its path
/// are added, so that the same pictures in the same order get the same names. What has the name and the bytes of a picture already is
/// taken for it, so that a run that is repeated or resumed adds nothing twice.
struct LabelFolders {
  private let root: Path
  private(set) var (linkCount, copyCount, failureCount) = (0, 0, 0)
  /// Of the first failure.
  private(set) var reason: Text = ""
  private var made: [[UInt8]] = []

  private static let maximumNameByteCount = 200

  /// Creates the folder if there is none.
  init(_ root: Path) throws(Failure) {
    if root.kind != .directory, !root.makeDirectory() {
      throw Failure(.cannotCreate, "cannot create the folder \(root): \(SystemError.text)")
    }
    self.root = root
  }

  /// - Parameter label: nil for a class without a name.
  mutating func add(_ item: PictureItem, index: Int, label: String?) {
    let folder = root.appending(LabelFolders.folderName(index, label))
    if !made.contains(folder.bytes) {
      if folder.kind != .directory, !folder.makeDirectory() { return fail() }
      made.append(folder.bytes)
    }
    let fileName = item.path.lastComponent
    let hash: Text = "\(hash: item.name.withUnsafeBytes { xxh64($0) })"
    let stem = fileName.lastIndex(of: UInt8(ascii: ".")) ?? fileName.count
    for digits in [0, 8, 16] {
      var name = Array(fileName[..<stem].prefix(LabelFolders.maximumNameByteCount))
      if digits > 0 { name += [UInt8(ascii: "-")] + hash.bytes.prefix(digits) }
      switch put(item.path, at: folder.appending(name + fileName[stem...])) {
      case .done: return
      case .taken: continue
      case .failed: return fail()
      }
    }
    fail("every name for it is taken")
  }

  private enum Outcome {
    case done, taken, failed
  }

  private mutating func put(_ path: Path, at place: Path) -> Outcome {
    if path.link(to: place) {
      linkCount += 1
      return .done
    }
    let error = SystemError.last
    if error == Int32(edge_error_exists) { return isThere(path, place) ? .done : .taken }
    // Whatever else forbids the link, another file system or one without links: a copy may still be possible.
    guard error != Int32(edge_error_missing) else { return .failed }
    guard FileCopy.copy(path, to: place) else { return .failed }
    copyCount += 1
    return .done
  }

  private func isThere(_ path: Path, _ place: Path) -> Bool {
    path.isSameFile(as: place) || FileCopy.isEqual(path, place)
  }

  private mutating func fail(_ reason: Text? = nil) {
    if failureCount == 0 { self.reason = reason ?? SystemError.text }
    failureCount += 1
  }

  /// The label, but for what no folder's name may contain and a dot at its start.
  private static func folderName(_ index: Int, _ label: String?) -> [UInt8] {
    guard let label = label.map({ Text($0) }), !label.isEmpty else { return Text("class-\(index)").bytes }
    var name = label.bytes.map { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
    if name[0] == UInt8(ascii: ".") { name[0] = UInt8(ascii: "_") }
    guard name.count > maximumNameByteCount else { return name }
    // Not from inside a character.
    var end = maximumNameByteCount
    while end > 1, name[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(name[..<end])
  }
}
