import EdgeImage
import EdgeTensor
import Foundation

/// The camera of `Tests/Tools/fake-camera`: preloaded into the program, or already linked into the one under test.
final class FakeCamera {
  /// `EDGEINFER_FAKE_CAMERA=linked`: the program under test contains it.
  static let isLinked = ProcessInfo.processInfo.environment["EDGEINFER_FAKE_CAMERA"] == "linked"
  /// Another program than the one built here cannot be preloaded.
  static let isAvailable = isLinked || ProcessInfo.processInfo.environment["EDGEINFER_UNDER_TEST"] == nil

  let folder: Folder
  private var variables: [String: String]

  init() throws {
    folder = try Folder()
    variables = ["FAKE_CAMERA_FRAMES": try folder.write("frames.mjpeg", try CameraTests.stream())]
    guard !FakeCamera.isLinked else { return }
    let source = CameraTests.root.appendingPathComponent("Tests/Tools/fake-camera/fake_camera.c").path
    let library = folder.path("fake_camera.so")
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", library, "-lpthread",
    ]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else {
      throw RunningProgram.Failure(text: "the fake camera does not compile")
    }
    variables["LD_PRELOAD"] = library
  }

  /// A picture of a sample's proportions, 6:5, as 160x120 pixels of YUYV, with its edges drawn out to the sides.
  static func yuyv(_ jpeg: [UInt8]) throws -> [UInt8] {
    let (width, height) = (144, 120)
    let input = try ImageInput(
      Preprocessing(color: .gray, mean: [0], standardDeviation: [1]),
      tensor: TensorType(.uint8, Shape([1, height, width, 1]), quantization: QuantParams(scale: 1, zeroPoint: 0)))
    try input.load(jpeg)
    return (0..<height).flatMap { y in
      (0..<160).flatMap { x -> [UInt8] in
        let gray = Int(input.pixels[y * width + min(max(x - 8, 0), width - 1)])
        return [UInt8(16 + (gray * 219 + 127) / 255), 128]
      }
    }
  }

  /// - Parameters:
  ///   - events: what goes wrong; see the C file.
  ///   - delay: ms that the model takes longer.
  func environment(events: String = "", format: String = "MJPG", delay: Int = 0) -> [String: String] {
    variables.merging(
      ["FAKE_CAMERA_EVENTS": events, "FAKE_CAMERA_FORMAT": format, "EDGEINFER_TEST_DELAY_MS": "\(delay)"]
    ) { $1 }
  }
}

/// A line of `camera --format jsonl`.
struct CameraRow: Decodable {
  struct Entry: Decodable {
    var index: Int
    var label: String?
    var score: Double
  }
  struct Times: Decodable {
    var infer: Double
  }
  var frame: Int
  var file: String?
  var captured: String?
  /// Milliseconds.
  var age: Double?
  var top: [Entry]?
  var timing: Times?
  var error: String?

  enum CodingKeys: String, CodingKey {
    case frame, file, captured, top, error
    case age = "age_ms"
    case timing = "timing_ms"
  }

  static func all(_ lines: [String]) throws -> [CameraRow] {
    try lines.map { try JSONDecoder().decode(CameraRow.self, from: Data($0.utf8)) }
  }
}

/// The counts of the line at the end.
struct CameraCounts: Equatable {
  var frames: Int
  var labelled: Int
  var damaged: Int
  var dropped: Int

  init?(_ text: String) {
    let pattern = /(\d+) frames in .*: (\d+) labelled .*, (\d+) damaged, (\d+) dropped/
    guard let match = text.firstMatch(of: pattern), let frames = Int(match.1), let labelled = Int(match.2),
      let damaged = Int(match.3), let dropped = Int(match.4)
    else { return nil }
    (self.frames, self.labelled, self.damaged, self.dropped) = (frames, labelled, damaged, dropped)
  }
}
