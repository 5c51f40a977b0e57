/// Finds the JPEG files in a stream of them, one behind the other with or without something in between.
///
/// Follows the segments of a file (ITU-T T.81, B.1) to its end, so that a preview picture inside a segment is no frame. After
/// garbage it goes on at the next start of a file. A frame that breaks off where the next one starts is given as it is: what
/// decodes it says that it is cut.
public struct FrameSplitter: Sendable {
  /// Larger frames are not kept.
  public static let defaultLimit = 32 << 20

  /// Bytes outside of frames, which were skipped.
  public private(set) var skippedByteCount = 0

  /// From `start` on: the frame that is being read, or what has not been looked at.
  private var buffer: [UInt8] = []
  private var start = 0
  /// Up to here it was looked at; beyond the buffer's end inside a segment that has not come whole.
  private var position = 0
  private var state = State.outside
  private let limit: Int

  private enum State {
    /// Before a start of image.
    case outside
    /// At a marker.
    case marker
    /// In the entropy-coded bytes of a scan.
    case scan
  }

  /// - Parameter limit: bytes of the largest frame.
  public init(limit: Int = FrameSplitter.defaultLimit) { self.limit = limit }

  /// Takes the next bytes of the stream.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start > 0 {
      buffer.removeFirst(start)
      position -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next frame, if all of it has come.
  public mutating func next() -> ArraySlice<UInt8>? {
    while true {
      switch state {
      case .outside:
        guard findStart() else { return nil }
      case .marker:
        switch step() {
        case .more: break
        case .wait: return nil
        case .frame(let end): return take(to: end)
        }
      case .scan:
        guard findMarker() else {
          if buffer.count - start > limit { abandon() } else { return nil }
          continue
        }
      }
      if position - start > limit { abandon() }
    }
  }

  /// After the last byte: what has come of a last frame, if anything.
  public mutating func end() -> ArraySlice<UInt8>? {
    guard state != .outside else { return nil }
    return take(to: buffer.count)
  }

  private enum Step {
    case more
    case wait
    case frame(end: Int)
  }

  /// Reads the marker at `position`.
  private mutating func step() -> Step {
    guard position + 2 <= buffer.count else { return .wait }
    guard buffer[position] == 0xFF else {
      abandon()
      return .more
    }
    switch buffer[position + 1] {
    case 0xFF: position += 1
    case 0xD9: return .frame(end: position + 2)
    case 0xD8: return .frame(end: position)
    case 0x01, 0xD0...0xD7: position += 2
    case 0x00, 0x02...0xBF: abandon()
    case let marker:
      guard position + 4 <= buffer.count else { return .wait }
      let length = Int(buffer[position + 2]) << 8 | Int(buffer[position + 3])
      guard length >= 2 else {
        abandon()
        return .more
      }
      position += 2 + length
      state = marker == 0xDA ? .scan : .marker
    }
    return .more
  }

  /// FF D8 FF.
  private mutating func findStart() -> Bool {
    while let byte = buffer[position...].firstIndex(of: 0xFF) {
      position = byte
      guard byte + 3 <= buffer.count else { break }
      if buffer[byte + 1] == 0xD8, buffer[byte + 2] == 0xFF {
        skip(to: byte)
        position = byte + 2
        state = .marker
        return true
      }
      position = byte + 1
    }
    if buffer.count - position > 2 { position = buffer.count }
    skip(to: position)
    return false
  }

  /// FF and neither 0 (a stuffed byte), FF (filling) nor a restart.
  private mutating func findMarker() -> Bool {
    guard position < buffer.count else { return false }
    while let byte = buffer[position...].firstIndex(of: 0xFF) {
      position = byte
      guard byte + 2 <= buffer.count else { return false }
      switch buffer[byte + 1] {
      case 0x00, 0xD0...0xD7: position = byte + 2
      case 0xFF: position = byte + 1
      default:
        state = .marker
        return true
      }
      if position >= buffer.count { return false }
    }
    position = buffer.count
    return false
  }

  private mutating func skip(to end: Int) {
    skippedByteCount += end - start
    start = end
  }

  /// What began at `start` is no JPEG, or too large: looks for another start behind it.
  private mutating func abandon() {
    state = .outside
    position = start + 2
    skip(to: position)
  }

  private mutating func take(to end: Int) -> ArraySlice<UInt8> {
    let frame = buffer[start..<end]
    start = end
    position = end
    state = .outside
    return frame
  }
}
