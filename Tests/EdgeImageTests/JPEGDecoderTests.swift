import Testing

@testable import EdgeImage

@Suite("JPEG decoder")
struct JPEGDecoderTests {
  @Test(
    "Pixels are those of another libjpeg-turbo, to the bit",
    arguments: ["orientation1", "progressive", "rgb_adobe", "gray"])
  func samePixels(name: String) throws {
    let expected = try Fixture.picture(name == "gray" ? "gray.pgm" : "\(name).ppm")
    let picture = try decode(Fixture.bytes("\(name).jpg"))
    #expect(picture.width == expected.width && picture.height == expected.height)
    #expect(picture.pixels == expected.pixels)
  }

  @Test("CMYK and YCCK become RGB as Pillow makes it", arguments: ["cmyk_adobe", "ycck_adobe"])
  func inks(name: String) throws {
    let difference = Difference(
      try decode(Fixture.bytes("\(name).jpg")).pixels, try Fixture.picture("\(name).ppm").pixels)
    #expect(difference.largest <= 1)
  }

  @Test("Without an Adobe marker, CMYK is the amount of ink")
  func plainInk() throws {
    let difference = Difference(
      try decode(Fixture.bytes("cmyk_plain.jpg")).pixels, try Fixture.picture("cmyk_adobe.ppm").pixels)
    #expect(difference.mean < 1)
  }

  @Test("CMYK rounds c · k / 255 to nearest for every pair")
  func inkRounding() {
    for light in 0...255 {
      for black in 0...255 {
        var row: [UInt8] = [UInt8(light), UInt8(255 - light), 0, UInt8(black)]
        convertCMYK(&row, width: 1, isInverted: true)
        #expect(row[0] == UInt8((Double(light * black) / 255).rounded()))
        #expect(row[1] == UInt8((Double((255 - light) * black) / 255).rounded()))
        #expect(row[2] == 0)
      }
    }
  }

  @Test("Gray of RGB is BT.601 luminance, and white stays white")
  func luminance() {
    var row: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0]
    convertToGray(&row, width: 5)
    #expect(Array(row[0..<5]) == [255, 76, 150, 29, 0])
  }

  @Test("A frame without Huffman tables decodes with the standard ones, also after a picture with others")
  func standardTables() throws {
    let bytes = try Fixture.bytes("no_huffman_tables.jpg")
    let expected = try Fixture.picture("orientation1.ppm").pixels
    #expect(try decode(bytes).pixels == expected)
    let progressive = try Fixture.bytes("progressive.jpg")
    var decoder = JPEGDecoder()
    for file in [progressive, bytes] {
      let pixels = try file.withUnsafeBytes { raw in
        _ = try decoder.open(raw)
        try decoder.start(eighths: 8, luminanceOnly: false)
        var pixels: [UInt8] = []
        var row = [UInt8](repeating: 0, count: decoder.rowByteCount)
        for _ in 0..<decoder.height {
          try decoder.readRow(into: &row)
          pixels += row
        }
        return pixels
      }
      #expect(pixels == expected)
    }
  }

  @Test("Each scale rounds up and shows the same picture", arguments: 1...8)
  func scales(eighths: Int) throws {
    let bytes = try Fixture.bytes("large_444.jpg")
    let full = try decode(bytes)
    let scaled = try decode(bytes, eighths: eighths)
    #expect(scaled.width == (320 * eighths + 7) / 8 && scaled.height == (240 * eighths + 7) / 8)
    for channel in 0..<3 { #expect(abs(full.mean(channel: channel) - scaled.mean(channel: channel)) < 1) }
  }

  @Test("Luminance alone is close to the gray of the colours")
  func luminanceOnly() throws {
    let bytes = try Fixture.bytes("large_420.jpg")
    var color = try decode(bytes)
    let gray = try decode(bytes, luminanceOnly: true)
    #expect(gray.channels == 1)
    convertToGray(&color.pixels, width: color.width * color.height)
    #expect(Difference(gray.pixels, Array(color.pixels[0..<gray.pixels.count])).mean < 2)
  }
}
