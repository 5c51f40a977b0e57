import Testing

@testable import EdgeCamera

@Suite struct YUYVTests {
  private func rgb(_ layout: YUYV, _ bytes: [UInt8]) -> [UInt8] {
    var rgb = [UInt8](repeating: 0, count: 3 * layout.width * layout.height)
    bytes.withUnsafeBufferPointer { bytes in rgb.withUnsafeMutableBufferPointer { layout.writeRGB(bytes, into: $0) } }
    return rgb
  }

  /// 75 % colour bars of ITU-R BT.601, as video equipment lists them.
  @Test(
    "bars of the narrow range have the colours that they are known by",
    arguments: [
      ([180, 128, 128], [191, 191, 191]), ([131, 156, 44], [0, 191, 191]), ([112, 72, 58], [0, 191, 0]),
      ([65, 100, 212], [191, 0, 0]), ([35, 212, 114], [0, 0, 191]), ([16, 128, 128], [0, 0, 0]),
      ([235, 128, 128], [255, 255, 255]),
    ])
  func bars(ycc: [Int], expected: [Int]) throws {
    let layout = try #require(YUYV(width: 2, height: 1, bytesPerRow: 4, isFullRange: false))
    let found = rgb(layout, [ycc[0], ycc[1], ycc[0], ycc[2]].map { UInt8($0) })
    // The bars' codes are rounded.
    for (sample, wanted) in zip(found, expected + expected) { #expect(abs(Int(sample) - wanted) <= 2) }
  }

  @Test("the full range keeps gray as it is, and gray is red, green and blue alike") func full() throws {
    let layout = try #require(YUYV(width: 256, height: 1, bytesPerRow: 0, isFullRange: true))
    let bytes: [UInt8] = (0..<256).flatMap { [UInt8($0), 128] as [UInt8] }
    #expect(rgb(layout, bytes) == (0..<256).flatMap { [UInt8](repeating: UInt8($0), count: 3) })
    var gray = [UInt8](repeating: 0, count: 256)
    bytes.withUnsafeBufferPointer { bytes in gray.withUnsafeMutableBufferPointer { layout.writeGray(bytes, into: $0) } }
    #expect(gray == Array(0...255))
  }

  @Test("rows may be longer than their pixels, and the last one need not be") func rows() throws {
    let layout = try #require(YUYV(width: 2, height: 2, bytesPerRow: 6, isFullRange: true))
    #expect(layout.byteCount == 10)
    let found = rgb(layout, [1, 128, 2, 128, 99, 99, 3, 128, 4, 128])
    #expect(found == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
  }

  @Test("odd and empty sizes have no such pictures", arguments: [(0, 2), (2, 0), (3, 2), (1 << 20, 2)])
  func sizes(width: Int, height: Int) {
    #expect(YUYV(width: width, height: height, bytesPerRow: 0, isFullRange: false) == nil)
  }
}
