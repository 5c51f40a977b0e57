import EdgeImage
import EdgeModel
import EdgeRuntime
import Foundation
import Testing

/// The smallest network of `models/`, quantized by its recipe.
@Suite struct DigitsModelTests {
  static let folder = Programs.package.appendingPathComponent("models/digits")

  @Test func `every sample picture gets its label`() throws {
    let model = try Model(ModelBytes(copying: TestData.bytes(Self.folder.appendingPathComponent("digits.edge"))))
    let interpreter = try Interpreter(try Plan(model))
    let images = try ImageInput(try #require(model.preprocessing), tensor: interpreter.inputType(0))
    let samples = Self.folder.appendingPathComponent("samples")
    let names = try FileManager.default.contentsOfDirectory(atPath: samples.path).filter { $0.hasSuffix(".jpg") }
    #expect(names.count == 10)
    for name in names {
      try images.load(try TestData.bytes(samples.appendingPathComponent(name)))
      images.writeTensor(into: interpreter.input(0))
      try interpreter.invoke()
      let codes = interpreter.output(0).map { Int8(bitPattern: $0) }
      let best = try #require(codes.indices.max { codes[$0] < codes[$1] })
      #expect(name == "digit-\(model.label(best) ?? "").jpg")
    }
  }

  @Test(.needsSharedData) func `1,000 pictures it never saw are labelled as well as its page says`() throws {
    let model = try Model(ModelBytes(copying: TestData.bytes(Self.folder.appendingPathComponent("digits.edge"))))
    let interpreter = try Interpreter(try Plan(model))
    let pixels = try TestData.bytes(try TestData.shared("mnist/t10k_1000-images-idx3-ubyte")).dropFirst(16)
    let labels = try TestData.bytes(try TestData.shared("mnist/t10k_1000-labels-idx1-ubyte")).dropFirst(8)
    var rightCount = 0
    for (index, label) in labels.enumerated() {
      // Light ink on dark: MNIST's codes are those of the tensor, less 128.
      for (i, pixel) in pixels[pixels.startIndex + 784 * index..<pixels.startIndex + 784 * (index + 1)].enumerated() {
        interpreter.input(0)[i] = pixel ^ 0x80
      }
      try interpreter.invoke()
      let codes = interpreter.output(0).map { Int8(bitPattern: $0) }
      if codes.firstIndex(of: codes.max()!) == Int(label) { rightCount += 1 }
    }
    #expect(rightCount == 986)
  }
}
