import EdgeTensor
import Testing

@testable import EdgeImage

private func geometry(
  _ width: Int, _ height: Int, to outputWidth: Int, _ outputHeight: Int, _ crop: Preprocessing.Crop = .stretch,
  fraction: Float = 1, orientation: Orientation = .up
) -> Geometry {
  Geometry(
    width: width, height: height, orientation: orientation, crop: crop, cropFraction: fraction,
    outputWidth: outputWidth, outputHeight: outputHeight)
}

@Suite("Crop, orientation and scale")
struct GeometryTests {
  @Test("The decoding scale is the smallest that covers the output")
  func scale() {
    #expect(geometry(1920, 1080, to: 224, 224).eighths == 4)
    #expect(geometry(1920, 1080, to: 224, 224, .letterbox).eighths == 2)
    #expect(geometry(1920, 1080, to: 224, 224, .center, fraction: 0.875).eighths == 4)
    #expect(geometry(3584, 3584, to: 224, 224).eighths == 1)
    #expect(geometry(3583, 3584, to: 224, 224).eighths == 2)
    #expect(geometry(224, 224, to: 224, 224).eighths == 8)
    #expect(geometry(10, 10, to: 224, 224).eighths == 8)
    #expect(geometry(480, 224, to: 224, 480, orientation: .right).eighths == 8)
  }

  @Test("Crops and letterboxed parts are rounded to nearest, ties up")
  func rounding() {
    // 100 · 2 / 3 = 66.7; 5 · 3 / 2 = 7.5; 2 · 224 / 3 = 149.3.
    #expect(geometry(100, 100, to: 2, 3, .center).columns.length == 67)
    #expect(geometry(20, 5, to: 3, 2, .center).columns.length == 8)
    #expect(geometry(300, 200, to: 224, 224, .letterbox).rows.outputCount == 149)
    #expect(geometry(300, 200, to: 223, 223, .letterbox).rows.outputCount == 149)
  }

  @Test("Scale is enough and no larger than needed for 3,000 random pictures")
  func scaleProperty() {
    var random = SeededGenerator(state: 1)
    for _ in 0..<3000 {
      let (width, height) = (Int.random(in: 1...3000, using: &random), Int.random(in: 1...3000, using: &random))
      let (outputWidth, outputHeight) = (
        Int.random(in: 1...400, using: &random), Int.random(in: 1...400, using: &random)
      )
      let it = geometry(
        width, height, to: outputWidth, outputHeight, Preprocessing.Crop.allCases.randomElement(using: &random)!,
        fraction: Float.random(in: 0.1...1, using: &random),
        orientation: Orientation.allCases.randomElement(using: &random)!)
      func covers(_ eighths: Int) -> Bool {
        [it.columns, it.rows].allSatisfy { $0.length * eighths >= 8 * Geometry.pixelsWanted * $0.outputCount }
      }
      #expect(covers(it.eighths) || it.eighths == 8)
      #expect([1, 2, 4, 8].contains(it.eighths) && (it.eighths == 1 || !covers(it.eighths / 2)))
      for axis in [it.columns, it.rows] {
        #expect(axis.start >= 0 && axis.length >= 1 && axis.start + axis.length <= axis.extent && axis.outputCount >= 1)
      }
      let corners = [(0, 0), (it.columns.outputCount - 1, 0), (0, it.rows.outputCount - 1)].map {
        it.origin + $0.0 * it.columns.outputStep + $0.1 * it.rows.outputStep
      }
      for corner in corners { #expect((0..<outputWidth * outputHeight).contains(corner)) }
    }
  }

  @Test("The centre crop has the output's shape and its fraction of the picture")
  func centerCrop() {
    let wide = geometry(400, 300, to: 100, 100, .center)
    #expect(wide.columns.start == 50 && wide.columns.length == 300 && wide.rows.start == 0 && wide.rows.length == 300)
    let tall = geometry(300, 401, to: 200, 100, .center, fraction: 0.5)
    #expect(tall.columns.length == 150 && tall.columns.start == 75)
    #expect(tall.rows.length == 75 && tall.rows.start == 163)
    #expect(geometry(1, 1, to: 9, 9, .center, fraction: 0.01).columns.length == 1)
  }

  @Test("Bars stand left and right, or above and below")
  func letterbox() {
    let wide = geometry(400, 300, to: 100, 100, .letterbox)
    #expect(wide.columns.outputCount == 100 && wide.rows.outputCount == 75 && wide.origin == 12 * 100 && wide.hasBars)
    let tall = geometry(300, 400, to: 100, 100, .letterbox)
    #expect(tall.columns.outputCount == 75 && tall.rows.outputCount == 100 && tall.origin == 12)
    #expect(geometry(65_500, 1, to: 100, 100, .letterbox).rows.outputCount == 1)
    #expect(!geometry(400, 400, to: 100, 100, .letterbox).hasBars)
  }

  @Test("A turned picture is cropped where it is seen, not where it is stored")
  func turnedCrop() {
    // Upright 301 x 400, the lower and right odd pixels left over: for `right`, stored rows run right to left.
    let it = geometry(400, 301, to: 100, 100, .center, fraction: 0.4983, orientation: .right)
    #expect(it.columns.start == 125 && it.columns.length == 150)
    #expect(it.rows.length == 150 && it.rows.start == 76)
    #expect(it.origin == 99 && it.rows.outputStep == -1 && it.columns.outputStep == 100)
  }
}
