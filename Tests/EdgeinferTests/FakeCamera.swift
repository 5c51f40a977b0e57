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
    variables = [
      "FAKE_CAMERA_FRAMES": try folder.write("frames.mjpeg", try CameraTests.stream()),
      "FAKE_CAMERA_DEV": folder.path("dev"),
    ]
    try folder.write("dev/video0", "")
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
