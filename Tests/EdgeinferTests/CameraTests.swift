import Foundation
import Testing

/// `edgeinfer camera` on streams, files and folders, with the committed model: the picture of digit n shows n.
@Suite struct CameraTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let model = root.appendingPathComponent("models/digits/digits.edge").path

  static func picture(_ digit: Int) throws -> [UInt8] {
    Array(try Data(contentsOf: root.appendingPathComponent("models/digits/samples/digit-\(digit).jpg")))
  }

  /// The ten pictures, one behind the other.
  static func stream() throws -> [UInt8] { try (0..<10).flatMap { try picture($0) } }

  private func rows(_ result: Program.Result) throws -> [CameraRow] { try CameraRow.all(result.lines) }

  private func run(_ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:]) throws
    -> Program.Result
  {
    try Program.run(
      arguments + ["-m", CameraTests.model, "-t", "1"], environment: environment, input: input.map { Data($0) })
  }

  @Test("a file is labelled frame by frame, with nothing that depends on a clock", arguments: ["camera", "--camera"])
  func file(word: String) throws {
    let folder = try Folder()
    let path = try folder.write("a.mjpeg", try CameraTests.stream())
    let arguments = word == "camera" ? ["camera", path] : ["--format", "jsonl", "--camera=\(path)"]
    let first = try run(arguments + (word == "camera" ? ["--format", "jsonl"] : []))
    #expect(first.status == 0, "\(first.errorText)")
    #expect(try rows(first).map { $0.top?.first?.index } == Array(0..<10))
    #expect(try rows(first).map(\.frame) == Array(0..<10))
    #expect(try rows(first).allSatisfy { $0.captured == nil && $0.age == nil })
    #expect(first.errorText.contains("10 frames"))
    #expect(try run(arguments + (word == "camera" ? ["--format", "jsonl"] : [])).output == first.output)
  }

  @Test("frames of a pipe have the time they arrived; garbage and a cut frame cost no more than themselves")
  func pipe() throws {
    var stream: [UInt8] = Array("HTTP/1.1 200 OK".utf8)
    for digit in 0..<10 {
      let picture = try CameraTests.picture(digit)
      stream += digit == 4 ? Array(picture.prefix(picture.count / 2)) : picture
      stream += digit == 6 ? [0, 1, 2] : []
    }
    // A file as standard input is read faster than frames are labelled: the newest wins.
    let result = try run(["camera", "-", "--format", "jsonl"], input: stream)
    let found = try rows(result)
    #expect(result.status == 0, "\(result.errorText)")
    #expect(found.last?.frame == 9)
    for row in found {
      #expect(row.captured != nil && row.age != nil)
      if row.frame == 4 {
        #expect(row.error != nil)
      } else {
        #expect(row.top?.first?.index == row.frame)
      }
    }
    #expect(result.errorText.contains("bytes between frames were no JPEG"))
    #expect(result.errorText.contains("10 frames"))
  }

  @Test("a stream without a picture ends with exit code 65", arguments: ["", "no JPEG at all", "\u{FF}\u{D8}\u{FF}"])
  func noFrames(text: String) throws {
    let result = try run(["camera", "-"], input: Array(text.unicodeScalars.map { UInt8($0.value) }))
    #expect(result.status == 65)
    // What begins like a picture is a damaged one.
    #expect(result.output.isEmpty == !text.hasPrefix("\u{FF}"))
    #expect(!result.text.contains("%"))
    let folder = try Folder()
    #expect(try run(["camera", try folder.write("x", text)]).status == 65)
  }

  @Test("CSV has a row for each class or error") func csv() throws {
    let folder = try Folder()
    let cut = Array(try CameraTests.picture(1).prefix(300))
    let path = try folder.write("a.mjpeg", try CameraTests.picture(7) + cut)
    let result = try run(["camera", path, "--format", "csv", "-k", "2"])
    let lines = result.text.components(separatedBy: "\r\n")
    try #require(lines.count == 5)
    #expect(lines[0] == "frame,file,captured,age_ms,rank,index,label,score,error")
    #expect(lines[1].hasPrefix("0,,,,1,7,7,0.9"))
    #expect(lines[2].hasPrefix("0,,,,2,"))
    #expect(lines[3].hasPrefix("1,,,,,,,,") && lines[3].count > 8)
    #expect(lines[4].isEmpty)
    #expect(result.status == 0)
  }

  @Test("changes, intervals and thresholds decide what is told") func filters() throws {
    let folder = try Folder()
    let digits = [3, 3, 3, 8, 8, 8, 5, 5]
    let path = try folder.write("a.mjpeg", try digits.flatMap { try CameraTests.picture($0) })
    func frames(_ options: String...) throws -> [Int] {
      try rows(run(["camera", path, "--format", "jsonl"] + options)).map(\.frame)
    }
    #expect(try frames("--on-change") == [0, 3, 6])
    #expect(try frames("--every", "3") == [0, 3, 6])
    #expect(try frames("--frames", "4") == [0, 1, 2, 3])
    #expect(try frames("--threshold-high", "0.985") == [0, 1, 2, 3, 4, 5])
    #expect(try frames("--threshold-high", "2") == [])
    // The mean of three frames changes later.
    #expect(try frames("--on-change", "--smooth", "3") == [0, 4, 7])
    #expect(try run(["camera", path, "--threshold-low", "0.5"]).status == 64)
    #expect(try run(["camera", path, "--threshold-low", "0.5", "--threshold-high", "0.4"]).status == 64)
  }

  @Test("a class stays shown until it falls below the lower threshold") func hysteresis() throws {
    let folder = try Folder()
    let path = try folder.write(
      "a.mjpeg", try [8, 8, 8, 3, 3, 3, 3].flatMap { try CameraTests.picture($0) })
    func shown(_ options: String...) throws -> [[Int]] {
      try rows(run(["camera", path, "--format", "jsonl", "--smooth", "4", "--threshold-high", "0.9"] + options))
        .map { [$0.frame] + ($0.top?.map(\.index) ?? []) }
    }
    // The mean of 8 is 1, 1, 1, 3/4, 1/2, 1/4, 0 times its score.
    #expect(try shown("--on-change") == [[0, 8], [3], [6, 3]])
    #expect(try shown("--on-change", "--threshold-low", "0.4") == [[0, 8], [5], [6, 3]])
    #expect(
      try shown("--threshold-low", "0.2") == [[0, 8], [1, 8], [2, 8], [3, 8], [4, 8], [5, 8], [6, 3]])
    #expect(try shown("--threshold-low", "0.2", "-k", "2")[5] == [5, 8, 3])
  }

  @Test("snapshots are the frames as received, of matching classes alone; a command gets the result")
  func snapshots() throws {
    let folder = try Folder()
    let path = try folder.write("a.mjpeg", try CameraTests.stream())
    let kept = folder.path("kept")
    let result = try run([
      "camera", path, "--snapshot", kept, "--match", "7", "--match", "2", "--exec",
      "echo $EDGEINFER_FRAME $EDGEINFER_LABEL $EDGEINFER_SNAPSHOT >> \(folder.path("log")); exit 0",
    ])
    #expect(result.status == 0, "\(result.errorText)")
    let names = try FileManager.default.contentsOfDirectory(atPath: kept).sorted()
    #expect(names == ["frame-2-2.jpg", "frame-7-7.jpg"])
    #expect(try folder.bytes("kept/frame-7-7.jpg") == CameraTests.picture(7))
    #expect(result.errorText.contains("2 frames kept"))
    #expect(result.lines.count == 10)
    // The command may still run.
    let end = Date().addingTimeInterval(20)
    var log = ""
    while log.isEmpty, Date() < end { log = (try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? "" }
    #expect(log.hasPrefix("2 2 \(kept)/frame-2-2.jpg"))
  }

  @Test("a folder for snapshots that is full is told once, and labelling goes on", .enabled(if: CameraTests.hasFull))
  func fullDisk() throws {
    let folder = try Folder()
    let path = try folder.write("a.mjpeg", try CameraTests.stream())
    // A file of this name with nothing behind it but an endless lack of space.
    try FileManager.default.createSymbolicLink(atPath: folder.path("frame-0-0.part"), withDestinationPath: "/dev/full")
    let result = try run(["camera", path, "--snapshot", folder.url.path, "--match", "0"])
    #expect(result.status == 0)
    #expect(result.lines.count == 10)
    #expect(result.errorText.contains("cannot keep frame 0: No space left on device"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("frame-0-0.jpg")))
    let lost = try Program.run(["camera", path, "-m", CameraTests.model], outputFile: "/dev/full")
    #expect(lost.status == 74)
    #expect(lost.errorText.contains("No space left on device"))
  }
  static let hasFull = FileManager.default.fileExists(atPath: "/dev/full")

  @Test("without a camera the exit code is 69, and the message shows another way")
  func noCamera() throws {
    for source in ["/dev/null", "/dev/video63", "63"] {
      let result = try run(["camera", source])
      #expect(result.status == 69)
      #expect(result.errorText.contains("/dev/"))
    }
    let missing = try run(["camera", "/nowhere/at/all"])
    #expect(missing.status == 66)
    #expect(missing.errorText.contains("/nowhere/at/all"))
    #expect(try run(["camera", "a", "b"]).status == 64)
  }

  @Test("new files of a watched folder are labelled, old ones left alone; SIGTERM ends it with a summary and 0")
  func folder() throws {
    let folder = try Folder()
    try folder.write("old.jpg", try CameraTests.picture(1))
    let stream = try RunningProgram([
      "camera", folder.url.path, "-m", CameraTests.model, "-t", "1", "--format", "jsonl", "-v",
    ])
    try stream.waitUntilReady()
    for digit in [5, 8] {
      try folder.write("part", try CameraTests.picture(digit))
      try FileManager.default.moveItem(atPath: folder.path("part"), toPath: folder.path("digit-\(digit).jpg"))
      try stream.waitForLines(digit == 5 ? 1 : 2)
    }
    try folder.write("note.txt", "not a picture")
    let result = try stream.end(with: SIGTERM)
    #expect(result.status == 0, "\(result.errorText)")
    #expect(try rows(result).map(\.file) == ["digit-5.jpg", "digit-8.jpg"])
    #expect(try rows(result).map { $0.top?.first?.index } == [5, 8])
    #expect(result.errorText.contains("2 frames"))
  }

  @Test("a timeout ends a stream that goes on") func timeout() throws {
    let folder = try Folder()
    let result = try run(["camera", folder.url.path, "--timeout", "200ms"])
    #expect(result.status == 0)
    #expect(result.errorText.contains("0 frames"))
    #expect(try run(["camera", folder.url.path, "--timeout", "soon"]).status == 64)
  }
}
