import CEdgeSystem

/// Copies of files, made and recognised with little memory.
enum FileCopy {
  private static let chunkByteCount = 1 << 16

  /// Writes a copy, whole or not at all.
  /// - Returns: false, with the reason in `SystemError`.
  static func copy(_ path: Path, to place: Path) -> Bool {
    let part = Path(place.bytes + ".part".utf8)
    guard write(path, to: part),
      part.withCString({ part in place.withCString { edge_rename_file(part, $0) } ?? false }) ?? false
    else {
      let reason = SystemError.last
      _ = part.withCString { edge_remove_file($0) }
      SystemError.set(reason)
      return false
    }
    return true
  }

  private static func write(_ path: Path, to part: Path) -> Bool {
    guard let file = File(reading: path), let target = part.withCString({ edge_create_file($0) }), target >= 0 else {
      return false
    }
    let isWritten = withUnsafeTemporaryAllocation(byteCount: chunkByteCount, alignment: 1) { chunk in
      while let count = file.read(into: chunk) {
        guard count > 0 else { return true }
        guard edge_write(target, chunk.baseAddress, count) else { return false }
      }
      return false
    }
    let reason = SystemError.last
    // Some file systems tell only now that it did not fit.
    let isClosed = edge_close_file(target)
    if !isWritten { SystemError.set(reason) }
    return isWritten && isClosed
  }

  /// Whether both have the same bytes.
  static func isEqual(_ path: Path, _ other: Path) -> Bool {
    guard let a = File(reading: path), let b = File(reading: other), a.byteCount == b.byteCount else { return false }
    return withUnsafeTemporaryAllocation(byteCount: 2 * chunkByteCount, alignment: 1) { chunk in
      let first = UnsafeMutableRawBufferPointer(rebasing: chunk[..<chunkByteCount])
      let second = UnsafeMutableRawBufferPointer(rebasing: chunk[chunkByteCount...])
      while let count = a.read(into: first), b.read(into: second) == count {
        guard count > 0 else { return true }
        guard first[..<count].elementsEqual(second[..<count]) else { return false }
      }
      return false
    }
  }
}
