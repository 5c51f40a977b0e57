import CEdgeSystem

/// JPEG files that tools drop into a folder, each when it is whole: written and closed, or moved there.
///
/// Files that lay there before are left alone.
public final class FolderSource: FrameSource {
  public let isLive = true
  private let path: [UInt8]
  private let watch: OpaquePointer
  private var count = 0
  private var notes: [String] = []
  private static let maximumByteCount = 256 << 20

  public init(path: [UInt8]) throws(CameraError) {
    self.path = path
    guard let watch = withCString(path, { edge_folder_watch_start($0) }) else {
      throw .unreadable(path: path, isMissing: edge_last_error() == Int32(edge_error_missing), reason: systemReason())
    }
    self.watch = watch
  }

  deinit { edge_folder_watch_stop(watch) }

  public func next(into frame: CapturedFrame, until stop: StopCondition) throws(CameraError) -> Bool {
    while true {
      var change = edge_folder_unchanged
      if let name = edge_folder_watch_next(watch, &change) {
        if try take(name, into: frame) { return true }
        continue
      }
      switch change {
      case edge_folder_gone: throw .lost(path: path, reason: systemReason())
      case edge_folder_overflow:
        notes.append("files came faster than they could be noticed; some were missed")
        continue
      default: break
      }
      switch stop.wait(edge_folder_watch_descriptor(watch)) {
      case edge_event_readable: break
      case edge_event_failed: throw .lost(path: path, reason: systemReason())
      default: return false
      }
    }
  }

  public func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// Reads a file if it is named like a JPEG's and can be read.
  private func take(_ cName: UnsafePointer<CChar>, into frame: CapturedFrame) throws(CameraError) -> Bool {
    var name: [UInt8] = []
    var next = cName
    while next.pointee != 0 {
      name.append(UInt8(bitPattern: next.pointee))
      next += 1
    }
    guard FolderSource.ends(name, with: ".jpg") || FolderSource.ends(name, with: ".jpeg") else { return false }
    frame.clear()
    let descriptor = withCString(path + [UInt8(ascii: "/")] + name) { edge_open_file($0) }
    // Taken away again, as tools do that replace one file over and over.
    guard descriptor >= 0 else { return false }
    defer { _ = edge_close_file(descriptor) }
    var byteCount = 0
    while byteCount < FolderSource.maximumByteCount {
      let read = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { chunk in
        let count = edge_read(descriptor, chunk.baseAddress, chunk.count)
        if count > 0 { frame.append(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
        return count
      }
      guard read > 0 else { break }
      byteCount += read
    }
    frame.name = name
    frame.number = count
    frame.captured = edge_clock_ns()
    count += 1
    return true
  }

  /// Upper and lower case are the same.
  private static func ends(_ name: [UInt8], with suffix: StaticString) -> Bool {
    let start = name.count - suffix.utf8CodeUnitCount
    return start >= 0
      && (0..<suffix.utf8CodeUnitCount).allSatisfy { place in
        let byte = name[start + place]
        return ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) == suffix.utf8Start[place]
      }
  }
}
