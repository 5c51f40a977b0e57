import Foundation
import Testing

@testable import EdgeCamera

@Suite struct FrameSplitterTests {
  /// Gives the stream in pieces of so many bytes.
  private func frames(_ stream: [UInt8], pieces: Int = 1 << 20, limit: Int = FrameSplitter.defaultLimit) -> (
    frames: [[UInt8]], skipped: Int
  ) {
    var splitter = FrameSplitter(limit: limit)
    var frames: [[UInt8]] = []
    for start in stride(from: 0, to: stream.count, by: pieces) {
      stream[start..<min(start + pieces, stream.count)].withUnsafeBytes { splitter.append($0) }
      while let frame = splitter.next() { frames.append(Array(frame)) }
    }
    if let frame = splitter.end() { frames.append(Array(frame)) }
    return (frames, splitter.skippedByteCount)
  }

  /// A file with the structure of a JPEG's: a segment, a scan with stuffed bytes, filling and a restart.
  private func picture(_ seed: UInt8, segment: [UInt8] = [1, 2, 3]) -> [UInt8] {
    let length = UInt16(segment.count + 2)
    return [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + segment
      + [0xFF, 0xDA, 0, 4, 9, 9, seed, 0xFF, 0x00, 0xFF, 0xD3, 0x55, 0xFF, 0xFF, 0xD9]
  }

  @Test("frames are found whole, however the stream is cut into pieces", arguments: [1, 2, 3, 7, 1000])
  func pieces(size: Int) {
    let pictures = (0..<4).map { picture(UInt8($0)) }
    let found = frames(pictures.flatMap { $0 }, pieces: size)
    #expect(found.frames == pictures)
    #expect(found.skipped == 0)
  }

  @Test("a frame is given with its last byte, without waiting for the next one")
  func atOnce() {
    var splitter = FrameSplitter()
    let bytes = picture(7)
    bytes.dropLast().withUnsafeBytes { splitter.append($0) }
    #expect(splitter.next() == nil)
    bytes.suffix(1).withUnsafeBytes { splitter.append($0) }
    #expect(splitter.next().map { Array($0) } == bytes)
  }

  @Test("a preview picture inside a segment is no frame")
  func preview() {
    let outer = picture(1, segment: picture(2))
    #expect(frames(outer + outer).frames == [outer, outer])
  }

  @Test("garbage between frames is skipped and counted", arguments: [1, 5, 4096])
  func garbage(size: Int) {
    let junk = (0..<1000).map { UInt8(($0 * 7) & 255) } + [0xFF, 0xD8, 0x00, 0xFF, 0xFF]
    let found = frames(junk + picture(1) + junk + picture(2) + [0xFF], pieces: size)
    #expect(found.frames == [picture(1), picture(2)])
    #expect(found.skipped >= 2 * junk.count)
  }

  @Test("a frame that breaks off in its scan ends where the next one starts")
  func cut() {
    let half = Array(picture(1).prefix(19))
    #expect(frames(half + picture(2)).frames == [half, picture(2)])
  }

  @Test("what has come of the last frame is given at the end")
  func unfinished() {
    let half = Array(picture(1).dropLast(3))
    #expect(frames(picture(0) + half).frames == [picture(0), half])
  }

  @Test("a frame cut inside a segment costs no more than the next frames that the segment seems to hold")
  func cutSegment() {
    let broken: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, 0, 40, 1, 2]
    let pictures = (0..<20).map { picture(UInt8($0)) }
    let found = frames(broken + pictures.flatMap { $0 }).frames
    #expect(found.suffix(17) == pictures.suffix(17))
  }

  @Test("a stream that never ends a frame takes bounded memory")
  func endless() {
    let start: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDA, 0, 4, 9, 9]
    let found = frames(start + [UInt8](repeating: 0x11, count: 100_000) + picture(3), pieces: 512, limit: 20_000)
    #expect(found.frames == [picture(3)])
    #expect(found.skipped > 90_000)
  }

  @Test("any bytes end without a trap", arguments: 0..<40)
  func random(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let stream = (0..<3000).map { _ -> UInt8 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      // Markers are common.
      return state % 4 == 0
        ? 0xFF : state % 4 == 1 ? 0xD8 + UInt8(state >> 60 & 3) : UInt8(truncatingIfNeeded: state >> 32)
    }
    let found = frames(stream, pieces: Int(seed) + 1, limit: 500)
    #expect(found.frames.reduce(0) { $0 + $1.count } + found.skipped <= stream.count)
    #expect(found.frames == frames(stream, limit: 500).frames)
  }
}
