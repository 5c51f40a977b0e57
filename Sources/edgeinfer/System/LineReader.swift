import CEdgeSystem
import EdgeTensor

/// Lines of standard input, as they arrive; or what stands between zero bytes.
struct LineReader {
  /// Longer than any path can be.
  private static let maximumByteCount = 1 << 20

  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private let separator: UInt8

  init(separator: UInt8 = 0x0A) { self.separator = separator }

  /// The next line without its line feed; nil at the end.
  mutating func next() throws(Failure) -> [UInt8]? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: separator) {
        defer { position = end + 1 }
        return Array(buffer[position..<end])
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return Array(buffer[position...])
      }
      buffer.removeFirst(position)
      position = 0
      searched = buffer.count
      guard buffer.count < LineReader.maximumByteCount else {
        throw Failure(
          .badData,
          "standard input has a line of more than \(LineReader.maximumByteCount) bytes; one path a line, or with --null a zero byte behind each"
        )
      }
      try fill()
    }
  }

  private mutating func fill() throws(Failure) {
    let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { chunk in
      let count = edge_read(0, chunk.baseAddress, chunk.count)
      if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
      return count
    }
    guard count >= 0 else { throw Failure(.inputOutput, "cannot read standard input: \(SystemError.text)") }
    isAtEnd = count == 0
  }
}
