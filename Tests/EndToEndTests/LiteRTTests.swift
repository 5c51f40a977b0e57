import EdgeImage
import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Foundation
import Testing
import _EdgeTestSupport

/// Networks and pictures for which there are no stored outputs: TensorFlow Lite itself is asked, in its own process.
@Suite struct LiteRTTests {
  /// One picture of each kind of thing, and the classes (of the 1,001) that may name it.
  static let pictures: [(file: String, classes: Set<Int>)] = [
    ("cat_1080p.jpg", Set(282...286)), ("owl.jpg", [25]), ("parrot.jpg", Set(88...91)),
    ("sunflower_rgb_adobe.jpg", [986]), ("dragonfly_q100_optimized.jpg", [320]), ("hot_dog.jpg", [935]),
  ]

  /// Both networks take pixels as they are.
  static let preprocessing = Preprocessing(
    color: .rgb, crop: .center, mean: [127.5, 127.5, 127.5],
    standardDeviation: [127.5, 127.5, 127.5])

  @Test(
    .needsSharedData, .needsLiteRT,
    arguments: ["tf2_mobilenet_v2_1.0_224_ptq.tflite", "mobilenet_v2_1.0_224_quant.tflite"])
  func picturesGiveTheReferenceBytesAndTheRightLabels(_ name: String) throws {
    let source = try TestData.shared("models/\(name)")
    let model = try ConvertedModel(source)
    let type = try Interpreter(Plan(model.conversion.model)).inputType(0)
    let images = try ImageInput(LiteRTTests.preprocessing, tensor: type)
    for picture in LiteRTTests.pictures {
      try images.load(try TestData.bytes(try TestData.shared("images/\(picture.file)")))
      let input = [UInt8](unsafeUninitializedCapacity: type.byteCount) { buffer, count in
        images.writeTensor(into: UnsafeMutableRawBufferPointer(buffer))
        count = type.byteCount
      }
      let expected = try Programs.litertReference(source, input, type)
      for threads in 1...4 {
        let output = try model.run([input], threads: threads)[0]
        #expect(Comparison.exact(output, expected) == nil, "\(picture.file), \(threads) threads")
      }
      let ranked = expected.indices.sorted { expected[$0] != expected[$1] ? expected[$0] > expected[$1] : $0 < $1 }
      #expect(!picture.classes.isDisjoint(with: ranked.prefix(5)), "\(picture.file): top 5 are \(ranked.prefix(5))")
    }
  }

  @Test(.needsSharedData, .needsLiteRT) func randomPixelsGiveTheReferenceBytes() throws {
    let source = try TestData.shared("models/tf2_mobilenet_v2_1.0_224_ptq.tflite")
    let model = try ConvertedModel(source)
    let type = try Interpreter(Plan(model.conversion.model)).inputType(0)
    var random = SplitMix64(seed: 5)
    let input = (0..<type.byteCount).map { _ in UInt8(random.int(in: 0...255)) }
    #expect(
      Comparison.exact(try model.run([input])[0], try Programs.litertReference(source, input, type)) == nil, "seed 5")
  }
}
