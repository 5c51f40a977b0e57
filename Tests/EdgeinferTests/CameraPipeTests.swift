import Foundation
import Testing

/// `edgeinfer --camera=-` behind other programs.
@Suite struct CameraPipeTests {
  /// As the pages say.
  static let command = "rpicam-vid -t 0 --width 640 --height 480 --codec mjpeg -o - | edgeinfer --camera=-"

  private let folder: Folder

  /// Puts an `rpicam-vid` that sends the ten pictures, a few dozen a second, beside an `edgeinfer` that is the one under test.
  init() throws {
    folder = try Folder()
    try script(
      "rpicam-vid",
      """
      [ "$*" = "-t 0 --width 640 --height 480 --codec mjpeg -o -" ] || exit 64
      times=${TIMES:-1}
      while [ "$times" -gt 0 ]; do
        times=$((times - 1))
        for digit in 0 1 2 3 4 5 6 7 8 9; do
          cat "$SAMPLES/digit-$digit.jpg" 2> /dev/null || exit
          sleep 0.03
        done
      done
      """)
    try script("edgeinfer", "exec \(Program.command.joined(separator: " ")) \"$@\"")
  }

  private func script(_ name: String, _ text: String) throws {
    let path = try folder.write("bin/\(name)", "#!/bin/sh\n\(text)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func shell(_ line: String, _ variables: [String: String] = [:]) throws -> Program.Result {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try Program.run(
      ["-c", line], command: ["/bin/sh"],
      environment: [
        "PATH": "\(folder.path("bin")):\(path)", "EDGEINFER_MODEL": CameraTests.model,
        "SAMPLES": CameraTests.root.appendingPathComponent("models/digits/samples").path,
      ].merging(variables) { $1 })
  }

  @Test("the command for the camera of a Raspberry Pi works, and stands where people read it") func raspberry() throws {
    let result = try shell("\(CameraPipeTests.command) --format jsonl")
    #expect(result.status == 0, "\(result.errorText)")
    let rows = try CameraRow.all(result.lines)
    #expect(rows.allSatisfy { $0.top?.first?.index == $0.frame && ($0.age ?? -1) >= 0 && $0.captured != nil })
    #expect(rows.last?.frame == 9)
    let counts = try #require(CameraCounts(result.errorText))
    #expect(counts.frames == 10 && counts.damaged == 0 && counts.labelled + counts.dropped == 10)
    for page in ["README.md", "Sources/edgeinfer/README.md", "toolchains/systemd/README.md"] {
      let text = try String(contentsOf: CameraTests.root.appendingPathComponent(page), encoding: .utf8)
      #expect(text.contains(CameraPipeTests.command), "\(page)")
    }
    #expect(try Program.run(["camera", "--help"]).text.contains(CameraPipeTests.command))
  }

  @Test("the README shows what a file of frames prints") func readme() throws {
    let url = CameraTests.root.appendingPathComponent("README.md")
    let part = try #require(
      try String(contentsOf: url, encoding: .utf8).components(separatedBy: "<!-- output: camera -->").dropFirst().first)
    let lines = part.components(separatedBy: "```")[1].split(separator: "\n").map(String.init)
    let commands = lines.filter { $0.hasPrefix("$ ") }.map { $0.dropFirst(2) }
    try #require(commands.count == 2)
    let script = """
      cd "\(folder.url.path)" && ln -s "\(CameraTests.root.appendingPathComponent("models").path)" . && \
      \(commands.joined(separator: " && "))
      """
    let model = CameraTests.root.appendingPathComponent("models/retrain/resnet-pruned.edge").path
    let result = try shell(script, ["EDGEINFER_MODEL": model])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.lines == lines.filter { !$0.hasPrefix("$ ") })
  }

  @Test(
    "systemd understands the unit",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "no systemd-analyze here"))
  func unit() throws {
    let unit = CameraTests.root.appendingPathComponent("toolchains/systemd/edgeinfer-camera.service")
    let text = try String(contentsOf: unit, encoding: .utf8)
    try #require(text.contains("ExecStart=/usr/local/bin/edgeinfer camera "))
    // It looks whether the program is there.
    let path = try folder.write(
      "edgeinfer-camera.service", text.replacingOccurrences(of: "/usr/local/bin/edgeinfer", with: "/bin/true"))
    let result = try Program.run(["verify", "--man=no", path], command: ["/usr/bin/systemd-analyze"])
    #expect(result.status == 0)
    #expect(result.errorText.isEmpty, "\(result.errorText)")
  }

  @Test("whoever reads the results may go away: it ends without a word") func closed() throws {
    let line = "\(CameraPipeTests.command) --format jsonl | head -n 2"
    let result = try shell(line, ["TIMES": "100"])
    #expect(result.status == 0)
    #expect(result.lines.count == 2)
    #expect(result.errorText.split(separator: "\n").allSatisfy { !$0.contains("error") }, "\(result.errorText)")
  }

  /// As systemd starts it.
  @Test("where SIGPIPE is ignored, it ends with 74") func ignored() throws {
    let line = """
      trap '' PIPE
      { \(CameraPipeTests.command) --format jsonl; echo "code $?" >&2; } | head -n 2
      """
    let result = try shell(line, ["TIMES": "100"])
    #expect(result.lines.count == 2)
    #expect(result.errorText.contains("code 74"), "\(result.errorText)")
  }

  @Test("cameras that leave out the Huffman tables are understood") func tables() throws {
    var stream: [UInt8] = []
    // That of digit 2 is progressive, which no camera sends.
    let digits = [0, 1, 3, 4, 5, 6, 7, 8, 9]
    for digit in digits { stream += CameraPipeTests.withoutTables(try CameraTests.picture(digit)) }
    let path = try folder.write("a.mjpeg", stream)
    let result = try Program.run(["camera", path, "-m", CameraTests.model, "--format", "jsonl"])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(try CameraRow.all(result.lines).map { $0.top?.first?.index } == digits)
  }

  /// A JPEG file without its DHT segments. Those of the samples are the standard ones.
  private static func withoutTables(_ jpeg: [UInt8]) -> [UInt8] {
    var result = Array(jpeg[..<2])
    var position = 2
    while jpeg[position + 1] != 0xDA {
      let end = position + 2 + Int(jpeg[position + 2]) << 8 + Int(jpeg[position + 3])
      if jpeg[position + 1] != 0xC4 { result += jpeg[position..<end] }
      position = end
    }
    return result + jpeg[position...]
  }

  @Test("a supervisor is told when it is ready, of each frame, and of the end") func supervisor() throws {
    let path = folder.path("notify")
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isBound)
    let stream = try folder.write("a.mjpeg", try CameraTests.picture(1) + CameraTests.picture(2))
    let result = try Program.run(["camera", stream, "-m", CameraTests.model], environment: ["NOTIFY_SOCKET": path])
    #expect(result.status == 0)
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while case let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
      messages.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
    #expect(messages == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"])
  }
}
