import EdgeImage
import EdgeTensor
import Foundation
import Testing

/// Pictures of the repository, and what `TinyModel.pixels` makes of them.
struct Samples {
  let folder: Folder
  let model: String
  /// A good JPEG's bytes.
  let jpeg: [UInt8]
  /// Its four scores.
  let scores: [Float]

  init(labels: [String] = ["red", "green, light", "blue \"sky\"", "ü"]) throws {
    folder = try Folder()
    let contents = TinyModel.pixels(labels: labels)
    model = try folder.write("pixels.edge", contents.encoded())
    let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/digits/samples")
    let names = try FileManager.default.contentsOfDirectory(atPath: samples.path).filter { $0.hasSuffix(".jpg") }
      .sorted()
    jpeg = Array(try Data(contentsOf: samples.appendingPathComponent(try #require(names.first))))
    let input = try ImageInput(
      try #require(contents.preprocessing),
      tensor: TensorType(.int8, Shape([1, 2, 2, 1]), quantization: QuantParams(scale: 1, zeroPoint: -128)))
    try input.load(jpeg)
    scores = input.pixels.map(Float.init)
  }

  /// Class indices, best first.
  var order: [Int] { scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 } }
}
