import CEdgeSystem
import EdgeTensor

/// A file name as Linux sees it: bytes, which need not be UTF-8.
struct Path: Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: Text) { bytes = text.bytes }

  var text: Text { Text(bytes) }

  /// - Returns: nil for a path with a zero byte, which names nothing.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result? {
    guard !bytes.contains(0) else { return nil }
    return (bytes + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
  }

  func appending(_ name: some Sequence<UInt8>) -> Path {
    Path(bytes + (bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name)
  }

  /// What has this name in this folder; an empty name is the folder itself, an empty folder the current one.
  func below(_ name: [UInt8]) -> Path {
    if bytes.isEmpty { return Path(name.isEmpty ? [UInt8(ascii: ".")] : name) }
    return name.isEmpty ? self : appending(name)
  }

  /// Everything up to the last `/`; nil without one.
  var parent: Path? { bytes.lastIndex(of: UInt8(ascii: "/")).map { Path(Array(bytes[..<max($0, 1)])) } }

  /// What the path names.
  enum Kind {
    case missing, file, directory, other
  }

  /// Symbolic links are followed.
  var kind: Kind { withCString { Kind(edge_path_kind($0)) } ?? .missing }

  /// Something to read from that its writer fills.
  var isPipe: Bool { withCString { edge_path_is_pipe($0) } ?? false }

  /// Gives the file a second name, which must be new.
  /// - Returns: false, with the reason in `SystemError.last`, if that cannot be.
  func link(to other: Path) -> Bool {
    withCString { path in other.withCString { edge_link_file(path, $0) } ?? false } ?? false
  }

  /// Symbolic links are followed.
  func isSameFile(as other: Path) -> Bool {
    withCString { path in other.withCString { edge_is_same_file(path, $0) } ?? false } ?? false
  }

  /// What follows the last `/` that is not at the end.
  var lastComponent: [UInt8] {
    let slash = UInt8(ascii: "/")
    let end = bytes.lastIndex { $0 != slash }.map { $0 + 1 } ?? 0
    let start = bytes[..<end].lastIndex(of: slash).map { $0 + 1 } ?? 0
    return Array(bytes[start..<end])
  }

  /// - Returns: false, with the reason in `SystemError.last`, if it cannot be made.
  func makeDirectory() -> Bool { withCString { edge_make_directory($0) } ?? false }
}

extension Path.Kind {
  init(_ kind: Int32) {
    switch Int(kind) {
    case Int(edge_kind_file): self = .file
    case Int(edge_kind_directory): self = .directory
    case Int(edge_kind_other): self = .other
    default: self = .missing
    }
  }
}

/// The system's reason for the last failed call of this thread.
enum SystemError {
  static var last: Int32 { edge_last_error() }
  static var text: Text { text(of: last) }

  /// Restores a reason that a later call has replaced.
  static func set(_ error: Int32) { edge_set_last_error(error) }

  @inline(never)
  static func text(of error: Int32) -> Text { Text(Array(cString: edge_error_text(error))) }

  static var isBrokenPipe: Bool { last == Int32(edge_error_pipe) }
}
