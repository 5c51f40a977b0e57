import CEdgeSystem
import EdgeTensor

/// Keeps frames as files, byte for byte as the camera sent them.
struct Snapshots {
  private let folder: Path
  private(set) var count = 0
  private(set) var failureCount = 0

  /// Creates the folder if there is none.
  init(_ folder: Path) throws(Failure) {
    if folder.kind != .directory, !folder.makeDirectory() {
      throw Failure(.cannotCreate, "cannot create the folder \(folder): \(SystemError.text)")
    }
    self.folder = folder
  }

  /// Writes a frame under a name made of time or number and label, whole or not at all.
  /// - Returns: its path; nil, with the reason in `SystemError`, if it cannot be written.
  mutating func keep(_ bytes: [UInt8], _ result: FrameResult, label: Text) -> Path? {
    let place = result.captured ?? "frame-\(result.number)"
    let name =
      place.bytes.map { $0 == UInt8(ascii: ":") ? UInt8(ascii: ".") : $0 } + [UInt8(ascii: "-")]
      + Snapshots.plain(label)
    let (path, part) = (folder.appending(name + ".jpg".utf8), folder.appending(name + ".part".utf8))
    guard write(bytes, part, path) else {
      failureCount += 1
      let reason = SystemError.last
      _ = part.withCString { edge_remove_file($0) }
      SystemError.set(reason)
      return nil
    }
    count += 1
    return path
  }

  private func write(_ bytes: [UInt8], _ part: Path, _ path: Path) -> Bool {
    guard let descriptor = part.withCString({ edge_create_file($0) }), descriptor >= 0 else { return false }
    let isWritten = bytes.withUnsafeBytes { edge_write(descriptor, $0.baseAddress, $0.count) }
    // Some file systems tell only now that it did not fit. What was wrong before counts.
    let reason = SystemError.last
    let isClosed = edge_close_file(descriptor)
    if !isWritten { SystemError.set(reason) }
    guard isWritten, isClosed else { return false }
    return part.withCString { part in path.withCString { edge_rename_file(part, $0) } ?? false } ?? false
  }

  /// Letters, digits, dots and dashes; everything else becomes a low line.
  private static func plain(_ label: Text) -> [UInt8] {
    label.bytes.prefix(64).map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): byte
      default: UInt8(ascii: "_")
      }
    }
  }
}
