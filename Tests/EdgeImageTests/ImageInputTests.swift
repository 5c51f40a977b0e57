import EdgeTensor
import Testing

@testable import EdgeImage

private func input(
  _ width: Int, _ height: Int, _ color: Preprocessing.Color = .rgb, _ crop: Preprocessing.Crop = .stretch,
  fraction: Float = 1, mean: Float = 0, limits: ImageLimits = ImageLimits()
) throws -> ImageInput {
  let count = color.channelCount
  return try ImageInput(
    Preprocessing(
      color: color, crop: crop, cropFraction: fraction, mean: [Float](repeating: mean, count: count),
      standardDeviation: [Float](repeating: 1, count: count)),
    tensor: TensorType(
      .uint8, Shape([1, height, width, count]), quantization: QuantParams(scale: 1, zeroPoint: 0)),
    limits: limits)
}

private func load(_ input: ImageInput, _ name: String) throws -> [UInt8] {
  try input.load(Fixture.bytes(name))
  return Array(input.pixels)
}

@Suite("Image input")
struct ImageInputTests {
  @Test("All 8 orientations come out upright, exactly", arguments: 1...8)
  func orientations(value: Int) throws {
    let expected = try Fixture.picture("orientation\(value).ppm")
    let pixels = try load(try input(expected.width, expected.height), "orientation\(value).jpg")
    #expect(pixels == expected.pixels)
  }

  @Test("All 8 orientations of one upright picture are cropped and resized alike")
  func orientationsCropped() throws {
    // The stored picture is the same file eight times, so upright pictures are turned copies; turn the result back.
    let upright = try load(try input(13, 11, .rgb, .center, fraction: 0.6), "orientation1.jpg")
    for orientation in Orientation.allCases {
      let (width, height) = orientation.swapsAxes ? (11, 13) : (13, 11)
      let turned = try load(
        try input(width, height, .rgb, .center, fraction: 0.6), "orientation\(orientation.rawValue).jpg")
      var back = upright
      for y in 0..<11 {
        for x in 0..<13 {
          let (column, row) = (orientation.reversesColumns ? 12 - x : x, orientation.reversesRows ? 10 - y : y)
          let index = orientation.swapsAxes ? column * width + row : row * width + column
          for channel in 0..<3 { back[3 * (13 * y + x) + channel] = turned[3 * index + channel] }
        }
      }
      // An odd pixel is left over at the upright end, which shifts the crop by up to one pixel.
      #expect(Difference(back, upright).mean < 12, "\(orientation)")
    }
  }

  @Test("Decoded pixels become what the file becomes", arguments: Preprocessing.Crop.allCases)
  func decodedPixels(crop: Preprocessing.Crop) throws {
    for (name, channels) in [("orientation1", 3), ("gray", 1)] {
      let picture = try Fixture.picture("\(name).\(channels == 3 ? "ppm" : "pgm")")
      for color in Preprocessing.Color.allCases {
        // No smaller than the picture along one axis, so that files are not scaled while they are decoded.
        let input = try input(picture.width - 3, picture.height + 5, color, crop, fraction: 0.9, mean: 7)
        let fromFile = try load(input, "\(name).jpg")
        #expect(input.eighths == 8)
        try picture.pixels.withUnsafeBufferPointer {
          try input.load(pixels: $0, width: picture.width, height: picture.height, channelCount: picture.channels)
        }
        // Gray of a colour file is its Y channel; of pixels it is computed from red, green and blue, which are clipped.
        let difference = Difference(Array(input.pixels), fromFile)
        let isSame = color == .gray && channels == 3 ? difference.mean < 1 : difference.largest == 0
        #expect(isSame, "\(name) \(color) \(difference)")
        #expect(input.header == nil)
      }
    }
    let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    #expect(throws: ImageError.self) { try input(2, 2).load(pixels: none, width: 0, height: 3, channelCount: 3) }
    let small = try input(2, 2, limits: ImageLimits(maximumPixels: 5))
    let pixels = [UInt8](repeating: 0, count: 6)
    pixels.withUnsafeBufferPointer { pixels in
      _ = #expect(throws: ImageError.self) { try small.load(pixels: pixels, width: 3, height: 2, channelCount: 1) }
    }
  }

  @Test("BGR is RGB backwards, gray is one channel, and gray files fill all three")
  func colors() throws {
    let rgb = try load(try input(30, 20), "orientation1.jpg")
    let bgr = try load(try input(30, 20, .bgr), "orientation1.jpg")
    for pixel in 0..<600 { #expect((0..<3).allSatisfy { rgb[3 * pixel + $0] == bgr[3 * pixel + 2 - $0] }) }
    let gray = try load(try input(44, 28, .gray), "gray.jpg")
    #expect(gray == (try Fixture.picture("gray.pgm").pixels))
    let spread = try load(try input(44, 28), "gray.jpg")
    #expect(spread == gray.flatMap { [$0, $0, $0] })
    var color = try Fixture.picture("rgb_adobe.ppm").pixels
    convertToGray(&color, width: 44 * 28)
    #expect(try load(try input(44, 28, .gray), "rgb_adobe.jpg") == Array(color[0..<44 * 28]))
  }

  @Test("Bars have the mean colour, and the picture stands between them")
  func bars() throws {
    let pixels = try load(try input(44, 44, .rgb, .letterbox, mean: 103.7), "orientation1.jpg")
    #expect(pixels[0..<8 * 132].allSatisfy { $0 == 104 })
    #expect(pixels[36 * 132..<44 * 132].allSatisfy { $0 == 104 })
    #expect(Array(pixels[8 * 132..<36 * 132]) == (try Fixture.picture("orientation1.ppm").pixels))
  }

  @Test(
    "Decoding at a reduced scale hardly changes the input",
    arguments: [(15, 1), (16, 2), (30, 2), (31, 4), (60, 4), (61, 8)])
  func reducedScale(side: Int, eighths: Int) throws {
    let small = try input(side, side)
    let pixels = try load(small, "large_420.jpg")
    #expect(small.eighths == eighths)
    let full = try decode(Fixture.bytes("large_420.jpg"))
    var geometry = Geometry(
      width: 320, height: 240, orientation: .up, crop: .stretch, cropFraction: 1, outputWidth: side, outputHeight: side)
    geometry.eighths = 8
    let difference = Difference(pixels, resize(full, geometry))
    #expect(difference.mean < 4)
  }

  @Test("A result depends on the file alone, and the pool stops growing")
  func reuse() throws {
    let names = [
      "large_444.jpg", "gray.jpg", "cmyk_adobe.jpg", "orientation6.jpg", "progressive.jpg", "no_huffman_tables.jpg",
    ]
    let shared = try input(32, 24)
    for name in names { _ = try load(shared, name) }
    let grown = shared.poolByteCount
    for name in names + names.reversed() {
      #expect(try load(shared, name) == load(try input(32, 24), name))
      #expect(shared.poolByteCount == grown)
    }
    #expect(grown < 20_000)
  }

  @Test("The tensor holds what the encoder makes of the pixels")
  func tensor() throws {
    let preprocessing = Preprocessing(mean: [0, 0, 0], standardDeviation: [255, 255, 255])
    let input = try ImageInput(preprocessing, tensor: TensorType(.float32, Shape([1, 28, 44, 3])))
    try input.load(Fixture.bytes("orientation1.jpg"))
    var tensor = [Float](repeating: -1, count: 44 * 28 * 3)
    tensor.withUnsafeMutableBytes { input.writeTensor(into: $0) }
    #expect(tensor == (try Fixture.picture("orientation1.ppm").pixels.map { Float($0) / 255 }))
  }

  /// The hashes are those of the aarch64 program under QEMU (cortex-a53, a72, a76 and max) and of x86-64 with AVX2.
  @Test(
    "Pixels are the same bytes on every CPU",
    arguments: [
      ("large_420.jpg", 30, 0xA2E3_479F_5DBC_B70C), ("large_420.jpg", 60, 0xB090_63AE_FE4B_AA97),
      ("large_420.jpg", 97, 0xED53_7F43_F411_8730), ("large_420.jpg", 224, 0xEA04_5BBA_23C9_E9F4),
      ("orientation6.jpg", 33, 0x6B86_F58C_D374_0C38), ("ycck_adobe.jpg", 17, 0x42D4_379A_9DCD_1FBA),
      ("progressive.jpg", 21, 0xC3E7_57ED_BE66_EFE6),
    ] as [(String, Int, UInt64)])
  func sameEverywhere(name: String, side: Int, expected: UInt64) throws {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
    for byte in try load(try input(side, side, .rgb, .center, fraction: 0.875), name) {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    #expect(hash == expected, "\(String(hash, radix: 16))")
  }
}
