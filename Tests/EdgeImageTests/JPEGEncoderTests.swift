import Testing

@testable import EdgeImage

/// What libjpeg makes of the files that `JPEGEncoder` writes.
@Suite("JPEG encoder") struct JPEGEncoderTests {
  private func encode(_ picture: Picture, quality: Int) -> [UInt8] {
    var encoder = JPEGEncoder(quality: quality)
    return picture.pixels.withUnsafeBufferPointer {
      encoder.encode($0, width: picture.width, height: picture.height)
    }
  }

  private func picture(_ width: Int, _ height: Int, _ sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int) -> Picture {
    var picture = Picture(width: width, height: height, channels: 3, pixels: [])
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 { picture.pixels.append(UInt8(clamping: sample(x, y, channel))) }
      }
    }
    return picture
  }

  @Test("Smooth pictures of any size come back nearly as they were", arguments: [(96, 96), (1, 1), (17, 33), (8, 40)])
  func smooth(size: (Int, Int)) throws {
    let original = picture(size.0, size.1) { x, y, channel in 40 + 2 * x + (channel == 1 ? y : 100 - y) }
    let decoded = try decode(encode(original, quality: 90))
    #expect(decoded.width == size.0 && decoded.height == size.1 && decoded.channels == 3)
    let difference = Difference(decoded.pixels, original.pixels)
    #expect(difference.mean < 2)
    #expect(difference.largest < 16)
  }

  @Test(
    "A flat colour stays that colour",
    arguments: [[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]])
  func flat(color: [Int]) throws {
    let original = picture(24, 24) { _, _, channel in color[channel] }
    #expect(Difference(try decode(encode(original, quality: 100)).pixels, original.pixels).largest <= 2)
  }

  @Test("Noise at every quality is a file without a warning", arguments: [1, 25, 50, 75, 99, 100])
  func noise(quality: Int) throws {
    var generator = SeededGenerator(state: 7)
    // Extremes alone: the largest coefficients.
    let original = picture(50, 50) { _, _, _ in Bool.random(using: &generator) ? 255 : 0 }
    let file = encode(original, quality: quality)
    let decoded = try decode(file)
    #expect(decoded.pixels.count == original.pixels.count)
    // Trailing bytes would be a warning, missing ones an error.
    #expect(throws: (any Error).self) { try decode(Array(file.dropLast(40))) }
    // Chroma is halved and noise has much of it; luminance must come back.
    if quality == 100 {
      func luminance(_ pixels: [UInt8], _ pixel: Int) -> Int {
        (299 * Int(pixels[3 * pixel]) + 587 * Int(pixels[3 * pixel + 1]) + 114 * Int(pixels[3 * pixel + 2])) / 1000
      }
      var sum = 0
      for pixel in 0..<2500 { sum += abs(luminance(decoded.pixels, pixel) - luminance(original.pixels, pixel)) }
      #expect(sum / 2500 < 40)
    }
  }

  @Test("A photograph-like fixture comes back within the loss of its quality")
  func fixture() throws {
    let original = try Fixture.picture("orientation1_101x83.ppm")
    let good = Difference(try decode(encode(original, quality: 95)).pixels, original.pixels).mean
    let small = Difference(try decode(encode(original, quality: 40)).pixels, original.pixels).mean
    #expect(good < 4 && good < small)
    #expect(encode(original, quality: 40).count < encode(original, quality: 95).count)
  }
}
