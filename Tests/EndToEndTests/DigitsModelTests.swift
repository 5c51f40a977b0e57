import EdgeImage
import EdgeModel
import EdgeRuntime
import Foundation
import Testing

/// The smallest network of `models/`, quantized by its recipe.
@Suite struct DigitsModelTests {
  static let folder = Programs.package.appendingPathComponent("models/digits")

  @Test func `the committed file is what its recipe makes`() throws {
    let committed = try TestData.bytes(Self.folder.appendingPathComponent("digits.edge"))
    let model = try Model(ModelBytes(copying: committed))
    try Programs.withTemporaryFolder { folder in
      for name in ["digits_float.tflite", "digits.json", "labels.txt"] {
        try FileManager.default.copyItem(
          at: Self.folder.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
      let words = model.origin.recipe.split(separator: " ").map(String.init)
      #expect(words.first == "edgequant")
      let edgequant = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("edgequant")
      try Programs.run(edgequant, Array(words.dropFirst()), in: folder)
      #expect(try TestData.bytes(folder.appendingPathComponent("digits.edge")) == committed)
    }
  }

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
