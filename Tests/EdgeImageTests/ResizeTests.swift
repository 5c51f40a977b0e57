import EdgeTensor
import Testing

@testable import EdgeImage

/// The definition in `ResizeWeights`, in float64 and pixel by pixel, for a whole picture.
private func slowResize(_ picture: Picture, _ geometry: Geometry) -> [Double] {
  func weights(_ axis: Geometry.Axis, _ output: Int) -> [(pixel: Int, weight: Double)] {
    let scale = Double(geometry.eighths) / 8
    let centre = (Double(axis.start) + (Double(output) + 0.5) * Double(axis.length) / Double(axis.outputCount)) * scale
    let width = max(1, Double(axis.length) * scale / Double(axis.outputCount))
    let (low, high) = (Double(axis.start) * scale, Double(axis.start + axis.length) * scale)
    var found: [(pixel: Int, weight: Double)] = []
    for pixel in 0..<axis.decodedExtent(eighths: geometry.eighths) {
      guard Double(pixel + 1) > low, Double(pixel) < high else { continue }
      let weight = max(0, 1 - abs(Double(pixel) + 0.5 - centre) / width)
      if weight > 0 { found.append((pixel, weight)) }
    }
    let total = found.reduce(0) { $0 + $1.weight }
    return found.map { ($0.pixel, $0.weight / total) }
  }
  let columns = (0..<geometry.columns.outputCount).map { weights(geometry.columns, $0) }
  var result: [Double] = []
  for y in 0..<geometry.rows.outputCount {
    let rows = weights(geometry.rows, y)
    for column in columns {
      for channel in 0..<picture.channels {
        var sum = 0.0
        for row in rows {
          for x in column {
            let index = (row.pixel * picture.width + x.pixel) * picture.channels + channel
            sum += row.weight * x.weight * Double(picture.pixels[index])
          }
        }
        result.append(sum)
      }
    }
  }
  return result
}

@Suite("Resize rule")
struct ResizeTests {
  @Test("Integer arithmetic is within one count of the definition, for 300 random shapes", arguments: [7, 8, 9])
  func definition(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    for _ in 0..<100 {
      let (width, height) = (Int.random(in: 1...90, using: &random), Int.random(in: 1...90, using: &random))
      var geometry = Geometry(
        width: width, height: height, orientation: .up,
        crop: Preprocessing.Crop.allCases.randomElement(using: &random)!,
        cropFraction: Float.random(in: 0.3...1, using: &random), outputWidth: Int.random(in: 1...40, using: &random),
        outputHeight: Int.random(in: 1...40, using: &random))
      geometry.eighths = Int.random(in: geometry.eighths...8, using: &random)
      var picture = Picture(
        width: geometry.columns.decodedExtent(eighths: geometry.eighths),
        height: geometry.rows.decodedExtent(eighths: geometry.eighths), channels: Bool.random(using: &random) ? 1 : 3,
        pixels: [])
      for _ in 0..<picture.width * picture.height * picture.channels {
        picture.pixels.append(Bool.random(using: &random) ? 255 : UInt8.random(in: 0...255, using: &random))
      }
      let fast = resize(picture, geometry)
      let slow = slowResize(picture, geometry)
      #expect(fast.count == slow.count)
      for (a, b) in zip(fast, slow) { #expect(abs(Double(a) - b) < 0.6, "seed \(seed), \(geometry)") }
    }
  }

  @Test("A flat picture stays exactly flat, also 9,000 pixels long", arguments: [0, 1, 127, 255] as [UInt8])
  func flat(value: UInt8) {
    for (width, height, outputWidth, outputHeight) in [
      (9000, 3, 1, 7), (2, 9000, 5, 2), (37, 41, 224, 97), (50, 50, 49, 7),
    ] {
      var geometry = Geometry(
        width: width, height: height, orientation: .up, crop: .stretch, cropFraction: 1, outputWidth: outputWidth,
        outputHeight: outputHeight)
      geometry.eighths = 8
      let picture = Picture(
        width: width, height: height, channels: 1, pixels: [UInt8](repeating: value, count: width * height))
      #expect(resize(picture, geometry).allSatisfy { $0 == value })
    }
  }

  @Test("A picture of the output's size is not touched")
  func identity() throws {
    let picture = try Fixture.picture("orientation1.ppm")
    let geometry = Geometry(
      width: picture.width, height: picture.height, orientation: .up, crop: .stretch, cropFraction: 1,
      outputWidth: picture.width, outputHeight: picture.height)
    #expect(resize(picture, geometry) == picture.pixels)
  }

  @Test(
    "Reducing and enlarging agree with Pillow's BILINEAR within one count",
    arguments: [("large_444", 97, 61), ("orientation1", 101, 83)])
  func pillow(name: String, width: Int, height: Int) throws {
    let picture = try decode(Fixture.bytes("\(name).jpg"))
    let expected = try Fixture.picture("\(name)_\(width)x\(height).ppm")
    var geometry = Geometry(
      width: picture.width, height: picture.height, orientation: .up, crop: .stretch, cropFraction: 1,
      outputWidth: width,
      outputHeight: height)
    geometry.eighths = 8
    #expect(Difference(resize(picture, geometry), expected.pixels).largest <= 1)
  }
}
