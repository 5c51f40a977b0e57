import EdgeImage
import EdgeModel
import EdgeRuntime
import Foundation
import Testing

/// The model that `edgeinfer classify` uses when none is named.
@Suite struct DefaultModelTests {
  static let folder = Programs.package.appendingPathComponent("models/retrain")
  static let file = folder.appendingPathComponent("resnet-pruned.edge")

  @Test func `the committed file is what its recipe makes`() throws {
    let committed = try TestData.bytes(Self.file)
    let model = try Model(ModelBytes(copying: committed))
    try Programs.withTemporaryFolder { folder in
      for name in ["resnet-pruned-int8.tflite", "labels.txt"] {
        try FileManager.default.copyItem(
          at: Self.folder.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
      let words = model.origin.recipe.split(separator: " ").map(String.init)
      #expect(words.first == "edgequant")
      let edgequant = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("edgequant")
      try Programs.run(edgequant, Array(words.dropFirst()), in: folder)
      #expect(try TestData.bytes(folder.appendingPathComponent(Self.file.lastPathComponent)) == committed)
    }
  }

  @Test func `every sample picture gets its label`() throws {
    let model = try Model(ModelBytes(copying: TestData.bytes(Self.file)))
    let interpreter = try Interpreter(try Plan(model))
    let images = try ImageInput(try #require(model.preprocessing), tensor: interpreter.inputType(0))
    let samples = Programs.package.appendingPathComponent("models/pictures")
    let names = try FileManager.default.contentsOfDirectory(atPath: samples.path).filter { $0.hasSuffix(".jpg") }
    #expect(names.count == 10)
    for name in names {
      try images.load(try TestData.bytes(samples.appendingPathComponent(name)))
      images.writeTensor(into: interpreter.input(0))
      #expect(try Self.best(interpreter).map { "\(model.label($0) ?? "").jpg" } == name)
    }
  }

  @Test(.needsSharedData) func `200 pictures of the test set are labelled as edgequant evaluate labels them`() throws {
    let model = try Model(ModelBytes(copying: TestData.bytes(Self.file)))
    let interpreter = try Interpreter(try Plan(model))
    let records = try TestData.bytes(try TestData.shared("cifar10/test_jpegq75_1000.bin"))
    let pixelCount = 32 * 32
    let recordSize = 1 + 3 * pixelCount
    var rightCount = 0
    for start in stride(from: 0, to: records.count, by: 5 * recordSize) {
      // Planes of red, green and blue; the code of a pixel is the pixel less 128.
      for channel in 0..<3 {
        for pixel in 0..<pixelCount {
          interpreter.input(0)[3 * pixel + channel] = records[start + 1 + channel * pixelCount + pixel] ^ 0x80
        }
      }
      if try Self.best(interpreter) == Int(records[start]) { rightCount += 1 }
    }
    #expect(rightCount == 177)
  }

  private static func best(_ interpreter: Interpreter) throws -> Int? {
    try interpreter.invoke()
    let codes = interpreter.output(0).map { Int8(bitPattern: $0) }
    return codes.indices.max { codes[$0] < codes[$1] }
  }
}
