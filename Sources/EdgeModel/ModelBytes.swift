import CEdgeSystem

/// The bytes of a model and what keeps them there.
public final class ModelBytes: @unchecked Sendable {
  // Sendable: the bytes are never written after `init`.
  public let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a file read-only.
  /// - Returns: nil, with the system's reason in `edge_last_error()`, if it cannot be opened or mapped.
  public init?(mapping path: String) {
    var byteCount = 0
    guard let start = path.withCString({ edge_map_file($0, &byteCount) }) else { return nil }
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
