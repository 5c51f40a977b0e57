import EdgeTensor
import Testing

@testable import EdgeImage

private let small = TensorType(.uint8, Shape([1, 9, 11, 3]), quantization: QuantParams(scale: 1, zeroPoint: 0))
private let plain = Preprocessing(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
private let names = [
  "orientation6.jpg", "progressive.jpg", "gray.jpg", "cmyk_adobe.jpg", "ycck_adobe.jpg", "no_huffman_tables.jpg",
]

@Suite("Damaged and hostile files")
struct DamagedFileTests {
  @Test("Every cut that takes more than the end marker and a byte of padding is an error", arguments: names)
  func truncations(name: String) throws {
    let input = try ImageInput(plain, tensor: small)
    let bytes = try Fixture.bytes(name)
    for count in 0..<bytes.count {
      // A copy of just this size, so that the address sanitizer sees a read beyond it.
      let part = Array(bytes[0..<count])
      let error = imageError { () throws(ImageError) in try input.load(part) }
      if count < bytes.count - 3 { #expect(error != nil, "\(count) bytes of \(bytes.count)") }
      if let error { #expect(!error.description.isEmpty) }
    }
    try input.load(bytes)
  }

  @Test("Random changes end in a picture or an error, 700 times a file", arguments: names)
  func flips(name: String) throws {
    let limits = ImageLimits(maximumPixels: 1 << 22, maximumDecoderBytes: 32 << 20, maximumScans: 30)
    let input = try ImageInput(plain, tensor: small, limits: limits)
    let bytes = try Fixture.bytes(name)
    var random = SeededGenerator(state: UInt64(bytes.count))
    var refused = 0
    for _ in 0..<700 {
      var wrong = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        wrong[Int.random(in: 2..<wrong.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        wrong.removeLast(Int.random(in: 0..<wrong.count - 2, using: &random))
      }
      if imageError({ () throws(ImageError) in try input.load(wrong) }) != nil { refused += 1 }
    }
    #expect(refused > 100 && refused < 700)
    try input.load(bytes)
  }

  @Test("Size, memory and scans are limited before they cost anything")
  func limits() throws {
    let bytes = try Fixture.bytes("progressive.jpg")
    func refusal(_ limits: ImageLimits) -> ImageError? {
      imageError { () throws(ImageError) in _ = try decode(bytes, limits: limits) }
    }
    guard case .tooLarge(44, 28, 1231) = refusal(ImageLimits(maximumPixels: 1231)) else {
      return #expect(Bool(false), "pixels")
    }
    // 4:2:0: 3 x 2 MCUs of 6 blocks of 128 bytes.
    guard case .outOfMemory(4607) = refusal(ImageLimits(maximumDecoderBytes: 4607)) else {
      return #expect(Bool(false), "memory")
    }
    guard case .tooManyScans(2) = refusal(ImageLimits(maximumScans: 2)) else { return #expect(Bool(false), "scans") }
    #expect(refusal(ImageLimits(maximumPixels: 1232, maximumScans: 10)) == nil)

    var wide = bytes
    let frame = try #require(wide.indices.first { wide[$0] == 0xFF && wide[$0 + 1] == 0xC2 })
    wide.replaceSubrange(frame + 7..<frame + 9, with: [0xFF, 0xFF])
    let error = imageError { () throws(ImageError) in _ = try decode(wide) }
    guard case .tooLarge(65_535, 28, _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }

  @Test("Quantization tables do not outlive their picture")
  func missingTables() throws {
    var bytes = try Fixture.bytes("orientation1.jpg")
    let input = try ImageInput(plain, tensor: small)
    try input.load(bytes)
    while let table = bytes.indices.dropLast().first(where: { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDB }) {
      bytes.removeSubrange(table..<table + 2 + Int(bytes[table + 2]) << 8 + Int(bytes[table + 3]))
    }
    guard case .damaged = imageError({ () throws(ImageError) in try input.load(bytes) }) else {
      return #expect(Bool(false), "decoded with another picture's tables")
    }
    #expect(input.header == nil)
  }

  @Test("Stray bytes between segments are a warning, not damage")
  func strayBytes() throws {
    var bytes = try Fixture.bytes("orientation1.jpg")
    let table = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDB })
    bytes.insert(contentsOf: [1, 2, 3], at: table)
    let input = try ImageInput(plain, tensor: small)
    try input.load(bytes)
    #expect(input.warningCount == 1)
  }
}
