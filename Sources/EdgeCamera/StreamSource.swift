import CEdgeSystem

/// JPEG files one behind the other, from a pipe or a file: MJPEG as cameras and tools write it.
public final class StreamSource: FrameSource {
  public let isLive: Bool
  private let descriptor: Int32
  private let path: [UInt8]
  private var splitter = FrameSplitter()
  private var count = 0
  private var hasEnded = false
  private static let chunkByteCount = 65_536

  /// Standard input.
  public init() {
    (descriptor, path) = (0, [])
    isLive = true
  }

  /// A file or a named pipe.
  /// - Parameter isLive: its writer does not wait: true for a pipe, false for a file.
  public init(path: [UInt8], isLive: Bool) throws(CameraError) {
    self.isLive = isLive
    self.path = path
    descriptor = withCString(path) { edge_open_file($0) }
    guard descriptor >= 0 else {
      throw .unreadable(path: path, isMissing: edge_last_error() == Int32(edge_error_missing), reason: systemReason())
    }
  }

  deinit { if descriptor > 0 { _ = edge_close_file(descriptor) } }

  public func next(into frame: CapturedFrame, until stop: StopCondition) throws(CameraError) -> Bool {
    while true {
      if let bytes = hasEnded ? splitter.end() : splitter.next() {
        frame.clear()
        frame.append(bytes)
        frame.number = count
        frame.captured = edge_clock_ns()
        count += 1
        return true
      }
      guard !hasEnded else { return false }
      switch stop.wait(descriptor) {
      case edge_event_readable: try read()
      case edge_event_failed: throw .brokenStream(reason: systemReason())
      default: return false
      }
    }
  }

  public func takeNotes() -> [String] {
    guard hasEnded, splitter.skippedByteCount > 0 else { return [] }
    return ["\(splitter.skippedByteCount) bytes between frames were no JPEG"]
  }

  private func read() throws(CameraError) {
    let count = withUnsafeTemporaryAllocation(byteCount: StreamSource.chunkByteCount, alignment: 1) { chunk in
      let count = edge_read(descriptor, chunk.baseAddress, chunk.count)
      if count > 0 { splitter.append(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
      return count
    }
    guard count >= 0 else { throw .brokenStream(reason: systemReason()) }
    hasEnded = count == 0
  }
}

/// Calls `body` with a path that ends with a zero byte.
func withCString<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  (path + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}
