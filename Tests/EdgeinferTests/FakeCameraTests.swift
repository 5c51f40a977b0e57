import Foundation
import Testing

/// `edgeinfer camera` on a camera of Video for Linux: frame n of the fake one shows the digit n modulo 10.
@Suite(
  .enabled(
    if: FakeCamera.isAvailable, "the program under test has no fake camera; make aarch64-camera tests one that has"))
struct FakeCameraTests {
  private let camera: FakeCamera

  init() throws { camera = try FakeCamera() }

  private func run(_ arguments: String..., environment: [String: String]) throws -> Program.Result {
    try Program.run(
      ["camera", "-m", CameraTests.model, "-t", "1", "--format", "jsonl"] + arguments, environment: environment)
  }

  @Test("cameras are listed with sizes and rates") func list() throws {
    let result = try Program.run(["camera", "--list-cameras"], environment: camera.environment())
    #expect(result.status == 0)
    #expect(result.lines.first == "/dev/video0  Fake camera")
    #expect(result.lines.contains("  MJPG 640x480 at 15 frames a second"))
    let none = try Program.run(["camera", "--list-cameras"], environment: camera.environment(format: "pBAA"))
    #expect(none.lines == ["/dev/video0  Fake camera", "  neither JPEG nor YUYV frames, only pBAA"])
    let chain = camera.environment(format: "YUYV").merging(["FAKE_CAMERA_CHAIN": "1"]) { $1 }
    let end = try Program.run(["camera", "--list-cameras"], environment: chain)
    #expect(end.lines == ["/dev/video0  Fake camera", "  no frames without libcamera; pipe those of rpicam-vid"])
    let refused = try run("0", environment: chain)
    #expect(refused.status == 69)
    #expect(refused.errorText.contains("libcamera") && refused.errorText.contains("rpicam-vid"))
  }

  @Test("the first camera is found; its frames come in order, each with its own label") func first() throws {
    let result = try run("--frames", "20", environment: camera.environment())
    #expect(result.status == 0, "\(result.errorText)")
    let rows = try CameraRow.all(result.lines)
    #expect(rows.count == 20)
    #expect(rows.map(\.frame) == rows.map(\.frame).sorted())
    #expect(rows.allSatisfy { $0.top?.first?.index == $0.frame % 10 && $0.captured != nil })
    #expect(result.errorText.contains("/dev/video0 (Fake camera): JPEG 160x120 at 30 frames a second"))
  }

  @Test("a slow model gets the newest frames; what it misses is counted to the last one") func newest() throws {
    let result = try run("0", "--timeout", "3s", environment: camera.environment(delay: 150))
    let rows = try CameraRow.all(result.lines)
    let counts = try #require(CameraCounts(result.errorText))
    #expect(rows.allSatisfy { $0.top?.first?.index == $0.frame % 10 })
    #expect(rows.map(\.frame) == Set(rows.map(\.frame)).sorted())
    #expect(counts.labelled == rows.count)
    #expect(counts.frames == counts.labelled + counts.damaged + counts.dropped)
    #expect(counts.dropped > counts.labelled)
    #expect(counts.frames > (rows.last?.frame ?? 0))
  }

  @Test("cut and noisy frames are errors of their own; the others are labelled") func damage() throws {
    let result = try run("--frames", "15", environment: camera.environment(events: "cut@3 noise@6"))
    #expect(result.status == 0)
    for row in try CameraRow.all(result.lines) {
      if row.frame == 3 || row.frame == 6 {
        #expect(row.error != nil)
      } else {
        #expect(row.top?.first?.index == row.frame % 10)
      }
    }
  }

  @Test("a camera that is pulled out ends it with 75") func lost() throws {
    let result = try run(environment: camera.environment(events: "end@10"))
    #expect(result.status == 75)
    #expect(result.errorText.contains("lost /dev/video0"))
    #expect(try CameraRow.all(result.lines).last?.frame == 9)
  }

  @Test("with --reconnect it is found again, and the numbers go on") func reconnect() throws {
    let result = try run(
      "/dev/video0", "--reconnect", "--frames", "25", environment: camera.environment(events: "vanish@10+700"))
    #expect(result.status == 0, "\(result.errorText)")
    let numbers = try CameraRow.all(result.lines).map(\.frame)
    #expect(numbers.count == 25)
    #expect(numbers == Set(numbers).sorted())
    #expect(result.errorText.contains("found Fake camera again"))
  }

  @Test("a camera that stalls is waited for") func stall() throws {
    let result = try run("--frames", "15", environment: camera.environment(events: "stall@8+600"))
    #expect(result.status == 0)
    #expect(try CameraRow.all(result.lines).count == 15)
  }

  /// As libcamerify shows the cameras of a Raspberry Pi: preloaded, too.
  @Test("YUYV frames are labelled like JPEG frames, but not kept") func uncompressed() throws {
    var stream: [UInt8] = []
    for digit in 0..<10 { stream += try FakeCamera.yuyv(CameraTests.picture(digit)) }
    let variables = camera.environment(format: "YUYV")
      .merging(["FAKE_CAMERA_FRAMES": try camera.folder.write("frames.yuyv", stream)]) { $1 }
    let result = try run("--frames", "12", environment: variables)
    #expect(result.status == 0, "\(result.errorText)")
    let rows = try CameraRow.all(result.lines)
    #expect(rows.count == 12)
    #expect(rows.allSatisfy { $0.top?.first?.index == $0.frame % 10 })
    #expect(result.errorText.contains("YUYV 160x120 at 30 frames a second"))
    let list = try Program.run(["camera", "--list-cameras"], environment: variables)
    #expect(list.lines.dropFirst().first == "  YUYV 160x120 at 30 frames a second")
    let kept = try run("--snapshot", camera.folder.path("kept"), environment: variables)
    #expect(kept.status == 69)
    #expect(kept.errorText.contains("JPEG"))
  }

  @Test("a camera without frames that can be used is refused with another way to use it") func formats() throws {
    for source in [["0"], []] {
      let result = try Program.run(
        ["camera", "-m", CameraTests.model] + source, environment: camera.environment(format: "pBAA"))
      #expect(result.status == 69)
      #expect(result.errorText.contains("rpicam-vid"))
    }
  }

  /// `make soak`: 30 frames a second, numbered, against a model that takes 150 ms. Its bar on the age holds on a machine with a
  /// core to spare, so it runs alone and only where that is asked for.
  @Test(
    "results stay young and memory stays flat for as long as it runs",
    .enabled(if: FakeCameraTests.soakSeconds != nil, "make soak runs it"))
  func soak() throws {
    let seconds = try #require(FakeCameraTests.soakSeconds)
    let program = try RunningProgram(
      ["camera", "0", "-m", CameraTests.model, "-t", "1", "--format", "jsonl", "--timing", "--timeout", "\(seconds)s"],
      environment: camera.environment(delay: 150))
    let start = Date()
    var memory: [Int] = []
    while memory.count < 10 {
      Thread.sleep(until: start.addingTimeInterval(Double(seconds) * Double(memory.count + 1) / 11))
      memory.append(try program.residentBytes())
    }
    let result = try program.waitForEnd(patience: Double(seconds) / 11 + 60)
    let rows = try CameraRow.all(result.lines)
    let counts = try #require(CameraCounts(result.errorText))
    #expect(result.status == 0)
    #expect(rows.allSatisfy { $0.top?.first?.index == $0.frame % 10 })
    #expect(rows.map(\.frame) == Set(rows.map(\.frame)).sorted())
    #expect(counts.frames == counts.labelled + counts.damaged + counts.dropped)
    #expect(counts.labelled == rows.count)
    // The last frames may have come after the last result.
    #expect(counts.frames >= 30 * seconds * 9 / 10 && counts.frames > (rows.last?.frame ?? 0))

    let ages = rows.compactMap(\.age)
    let inference = percentile(50, of: rows.compactMap { $0.timing?.infer })
    let (median, high) = (percentile(50, of: ages), percentile(99, of: ages))
    let quarter = ages.count / 4
    let (early, late) = (percentile(50, of: ages.prefix(quarter)), percentile(50, of: ages.suffix(quarter)))
    print(
      """
      soak, \(seconds) s: \(counts); inference \(inference) ms; age p50 \(median) ms, p99 \(high) ms, \
      first quarter \(early) ms, last quarter \(late) ms; resident bytes \(memory)
      """)
    #expect(high <= inference + 1.5 * 1000 / 30)
    #expect(late <= early + 10)
    let growth = try #require(memory.last) - memory[2]
    #expect(growth <= 64 * 1024)
  }
  static let soakSeconds = ProcessInfo.processInfo.environment["EDGEINFER_SOAK_SECONDS"].flatMap { Int($0) }

  private func percentile(_ percent: Int, of values: some Sequence<Double>) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[(sorted.count - 1) * percent / 100]
  }
}
