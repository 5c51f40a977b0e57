import EdgeTensor
import Foundation
import Testing

@testable import EdgeImage

/// Pictures and reference decodes that were not made here; skipped unless `EDGEINFER_TEST_DATA` names their folder.
@Suite("Shared pictures", .enabled(if: SharedData.images != nil, "EDGEINFER_TEST_DATA is not set"))
struct SharedPicturesTests {
  private struct Entry: Decodable {
    let file: String
    let width: Int?
    let height: Int?
    let exifOrientation: Int?
    let decodedMeanRgb: [Double]?
    let decoded: String?
  }

  private struct Manifest: Decodable { let files: [Entry] }

  @Test("Every picture decodes within the manifest's tolerance")
  func decodes() throws {
    let folder = try #require(SharedData.images)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let manifest = try decoder.decode(
      Manifest.self, from: try Data(contentsOf: folder.appendingPathComponent("manifest.json")))
    let entries = manifest.files.filter { !$0.file.contains("broken/") }
    #expect(entries.count >= 29)
    for entry in entries {
      let bytes = try readFile(folder.appendingPathComponent(entry.file))
      let found = try header(bytes)
      let picture = try decode(bytes)
      if let orientation = entry.exifOrientation { #expect(Int(found.orientation.rawValue) == orientation) }
      if let width = entry.width, let height = entry.height {
        #expect(picture.width == width && picture.height == height, "\(entry.file)")
      }
      for (channel, mean) in (entry.decodedMeanRgb ?? []).enumerated() {
        let difference = abs(picture.mean(channel: min(channel, picture.channels - 1)) - mean)
        #expect(difference < 1, "\(entry.file): mean \(channel)")
      }
      if let decoded = entry.decoded {
        let expected = try readPNM(try readFile(folder.appendingPathComponent(decoded)))
        #expect(picture.channels == expected.channels)
        #expect(Difference(picture.pixels, expected.pixels).mean < 1, "\(entry.file)")
      }
    }
  }

  @Test("A Motion-JPEG frame without tables decodes to the picture it was made from")
  func motionJPEG() throws {
    let folder = try #require(SharedData.images)
    let frame = try decode(readFile(folder.appendingPathComponent("dragonfly_mjpeg_no_dht.jpg")))
    let expected = try readPNM(
      readFile(folder.appendingPathComponent("decoded/dragonfly_arithmetic.ppm")))
    #expect(Difference(frame.pixels, expected.pixels).mean < 8)
  }

  @Test("Every broken file ends cleanly")
  func broken() throws {
    let folder = try #require(SharedData.images).appendingPathComponent("broken")
    let tensor = TensorType(.uint8, Shape([1, 96, 96, 3]), quantization: QuantParams(scale: 1, zeroPoint: 0))
    let input = try ImageInput(Preprocessing(mean: [0, 0, 0], standardDeviation: [1, 1, 1]), tensor: tensor)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files.count == 10)
    for file in files {
      let bytes = try readFile(folder.appendingPathComponent(file))
      let error = imageError { () throws(ImageError) in try input.load(bytes) }
      switch (file, error) {
      case ("empty.jpg", .empty), ("png_named_jpg.jpg", .notJPEG(.png)), ("zero_dims.jpg", .noPixels),
        ("huge_dims.jpg", .tooLarge), ("no_dqt.jpg", .damaged), ("corrupt_scan.jpg", .damaged),
        ("soi_only.jpg", .truncated),
        ("truncated_half.jpg", .truncated), ("truncated_header.jpg", .truncated),
        ("truncated_progressive.jpg", .truncated):
        break
      default: #expect(Bool(false), "\(file): \(error?.description ?? "decoded")")
      }
    }
  }
}
