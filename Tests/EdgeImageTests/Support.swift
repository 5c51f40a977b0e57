import Foundation

@testable import EdgeImage

/// Interleaved pixels of a binary PPM or PGM file.
struct Picture {
  var width: Int
  var height: Int
  var channels: Int
  var pixels: [UInt8]

  func mean(channel: Int) -> Double {
    var sum = 0
    for index in stride(from: channel, to: pixels.count, by: channels) { sum += Int(pixels[index]) }
    return Double(sum) / Double(width * height)
  }
}

struct Difference {
  var mean: Double
  var largest: Int

  init(_ a: [UInt8], _ b: [UInt8]) {
    precondition(a.count == b.count)
    var sum = 0
    largest = 0
    for (x, y) in zip(a, b) {
      let difference = abs(Int(x) - Int(y))
      sum += difference
      largest = max(largest, difference)
    }
    mean = Double(sum) / Double(max(a.count, 1))
  }
}

/// `Tests/Fixtures/images`; `make_fixtures.py` there draws what is in it.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/images")

  static func bytes(_ name: String) throws -> [UInt8] {
    try readFile(folder.appendingPathComponent(name))
  }

  static func picture(_ name: String) throws -> Picture { try readPNM(try bytes(name)) }
}

/// The pictures that many projects share; see the environment variable.
enum SharedData {
  static let images = ProcessInfo.processInfo.environment["EDGEINFER_TEST_DATA"].map {
    URL(fileURLWithPath: $0).appendingPathComponent("images")
  }
}

struct UnexpectedFile: Error {}

func readPNM(_ bytes: [UInt8]) throws -> Picture {
  var position = 2
  func number() throws -> Int {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    var digits = ""
    while position < bytes.count, bytes[position] > 0x20 {
      digits.append(Character(UnicodeScalar(bytes[position])))
      position += 1
    }
    guard let value = Int(digits) else { throw UnexpectedFile() }
    return value
  }
  guard bytes.count > 2, bytes[0] == UInt8(ascii: "P"), bytes[1] == UInt8(ascii: "6") || bytes[1] == UInt8(ascii: "5")
  else { throw UnexpectedFile() }
  let channels = bytes[1] == UInt8(ascii: "6") ? 3 : 1
  let (width, height) = (try number(), try number())
  guard try number() == 255 else { throw UnexpectedFile() }
  let pixels = [UInt8](bytes[(position + 1)...])
  guard pixels.count == width * height * channels else { throw UnexpectedFile() }
  return Picture(width: width, height: height, channels: channels, pixels: pixels)
}

/// `Data(contentsOf:)` leaks where a file is empty, which the address sanitizer reports.
func readFile(_ url: URL) throws -> [UInt8] {
  let file = try FileHandle(forReadingFrom: url)
  defer { try? file.close() }
  return [UInt8](try file.readToEnd() ?? Data())
}

/// Decodes the whole file without orientation, crop or resize.
func decode(
  _ bytes: [UInt8], eighths: Int = 8, luminanceOnly: Bool = false, limits: ImageLimits = ImageLimits()
) throws(ImageError) -> Picture {
  let result: Result<Picture, ImageError> = bytes.withUnsafeBytes { raw in
    var decoder = JPEGDecoder(limits: limits)
    do throws(ImageError) {
      _ = try decoder.open(raw)
      try decoder.start(eighths: eighths, luminanceOnly: luminanceOnly)
      let count = decoder.samples.count
      var picture = Picture(width: decoder.width, height: decoder.height, channels: count, pixels: [])
      let row = UnsafeMutablePointer<UInt8>.allocate(capacity: decoder.rowByteCount)
      defer { row.deallocate() }
      for _ in 0..<decoder.height {
        try decoder.readRow(into: row)
        picture.pixels.append(contentsOf: UnsafeBufferPointer(start: row, count: decoder.width * count))
      }
      return .success(picture)
    } catch { return .failure(error) }
  }
  return try result.get()
}

/// The product's resizing of a decoded picture, without orientation.
func resize(_ picture: Picture, _ geometry: Geometry) -> [UInt8] {
  var resizer = RowResizer()
  resizer.begin(geometry, channels: picture.channels)
  let count = geometry.columns.outputCount * picture.channels
  var output: [UInt8] = []
  picture.pixels.withUnsafeBufferPointer { pixels in
    for row in 0..<picture.height {
      resizer.push(pixels.baseAddress! + row * picture.width * picture.channels) { y, sums in
        precondition(y * count == output.count, "rows come in order")
        for index in 0..<count { output.append(UInt8(sums[index] >> 21)) }
      }
    }
  }
  return output
}

func header(_ bytes: [UInt8]) throws(ImageError) -> JPEGHeader {
  let result: Result<JPEGHeader, ImageError> = bytes.withUnsafeBytes { raw in
    do throws(ImageError) { return .success(try JPEGHeader(raw)) } catch { return .failure(error) }
  }
  return try result.get()
}

/// The error that `body` ends with, if any.
func imageError(_ body: () throws(ImageError) -> Void) -> ImageError? {
  do throws(ImageError) {
    try body()
    return nil
  } catch { return error }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
