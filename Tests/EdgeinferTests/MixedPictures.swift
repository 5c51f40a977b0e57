import Foundation
import Testing

/// Pictures as folders have them: most are good, some are not.
enum MixedPictures {
  /// Fixtures of many kinds, and what is wrong with a picture.
  static func kinds() throws -> [(name: String, bytes: [UInt8])] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/images")
    func fixture(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: folder.appendingPathComponent(name + ".jpg")))
    }
    let good = [
      "gray", "large_420", "orientation6", "cmyk_adobe", "progressive", "ycck_adobe", "rgb_adobe", "orientation3",
    ]
    let (large, progressive) = (try fixture("large_420"), try fixture("progressive"))
    return try good.map { ($0, try fixture($0)) } + [
      ("cut", Array(large[..<(large.count / 2)])), ("cut-progressive", Array(progressive[..<700])),
      ("no-picture", Array("<html>not found</html>".utf8)), ("empty", []),
      ("bomb", try resized(large, width: 65_500, height: 65_500)),
    ]
  }

  /// Writes `count` pictures, `pictures/00/NAME-0.jpg` and so on.
  /// - Returns: their names in sorted order.
  @discardableResult
  static func write(_ count: Int, to folder: Folder, as root: String = "pictures") throws -> [String] {
    let kinds = try kinds()
    return try (0..<count).map { index in
      let kind = kinds[index % kinds.count]
      let name = "\(root)/\(index % 7)/\(kind.name)-\(index).jpg"
      try folder.write(name, kind.bytes)
      return name
    }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }

  /// A file that says of itself that it is larger.
  static func resized(_ jpeg: [UInt8], width: Int, height: Int) throws -> [UInt8] {
    var bytes = jpeg
    let frame = try #require(
      bytes.indices.dropLast(9).first { bytes[$0] == 0xFF && (bytes[$0 + 1] == 0xC0 || bytes[$0 + 1] == 0xC2) })
    bytes.replaceSubrange(
      (frame + 5)..<(frame + 9), with: [height >> 8, height & 255, width >> 8, width & 255].map { UInt8($0) })
    return bytes
  }
}
