import CEdgeSystem

/// The bytes of a model and what keeps them there.
public final class ModelBytes: @unchecked Sendable {
  // Sendable: the bytes are never written after `init`.
  public let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a file read-only.
  /// - Returns: nil, with the system's reason in `edge_last_error()`, if it cannot be opened or mapped.
  public convenience init?(mapping path: String) {
    self.init(mapping: Array(path.utf8))
  }

  /// Maps a file whose name need not be UTF-8.
  public init?(mapping path: [UInt8]) {
    var byteCount = 0
    let start = (path + [0]).withUnsafeBytes { bytes in
      edge_map_file(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), &byteCount)
    }
    guard let start else { return nil }
    bytes = UnsafeRawBufferPointer(start: start, count: byteCount)
    isMapped = true
  }

  /// Copies `contents` to 64-byte aligned memory.
  public init(copying contents: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: Model.alignment)
    contents.withUnsafeBytes { copy.copyMemory(from: $0) }
    bytes = UnsafeRawBufferPointer(copy)
    isMapped = false
  }

  deinit {
    if isMapped {
      edge_unmap_file(bytes.baseAddress, bytes.count)
    } else {
      UnsafeMutableRawBufferPointer(mutating: bytes).deallocate()
    }
  }
}
