import CEdgeSystem

/// A file open for reading. Closed when it goes out of scope.
struct File: ~Copyable {
  private let descriptor: Int32

  /// - Returns: nil, with the reason in `SystemError`.
  init?(reading path: Path) {
    guard let descriptor = path.withCString({ edge_open_file($0) }), descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  deinit { _ = edge_close_file(descriptor) }

  /// nil if it is not a regular file.
  var byteCount: Int? {
    let count = edge_file_size(descriptor)
    return count < 0 ? nil : Int(count)
  }

  /// Appends everything up to the end of the file, at most `limit` bytes.
  /// - Returns: false if reading fails or the file is longer.
  func read(into bytes: inout [UInt8], limit: Int) -> Bool {
    let (page, chunk) = (4096, 65_536)
    // Files that the system makes up, as in /proc, say that they have no bytes.
    bytes.reserveCapacity(bytes.count + min(max(byteCount ?? chunk, page), limit) + 1)
    while true {
      let room = min(max(bytes.capacity - bytes.count, 1), chunk)
      let count = withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { buffer in
        let count = edge_read(descriptor, buffer.baseAddress, room)
        if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
        return count
      }
      if count <= 0 { return count == 0 }
      if bytes.count > limit { return false }
    }
  }

  /// Reads until `buffer` is full or the file ends.
  /// - Returns: bytes read; nil if reading fails.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    var count = 0
    while count < buffer.count {
      let next = edge_read(descriptor, buffer.baseAddress! + count, buffer.count - count)
      guard next >= 0 else { return nil }
      if next == 0 { break }
      count += next
    }
    return count
  }
}
