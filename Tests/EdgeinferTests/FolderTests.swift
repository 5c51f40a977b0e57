import Foundation
import Testing

/// `classify` as a batch tool.
@Suite struct FolderTests {
  private func classify(
    _ samples: Samples, _ arguments: [String], input: Data? = nil
  ) throws -> Program.Result {
    try Program.run(["classify", "-m", samples.model] + arguments, input: input, folder: samples.folder.url)
  }

  private func files(_ result: Program.Result) throws -> [String] {
    struct Line: Decodable { let file: String }
    return try result.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).file }
  }

  @Test(arguments: ["csv", "jsonl"])
  func `mixed pictures give the same bytes with any number of threads`(format: String) throws {
    let samples = try Samples()
    let names = try MixedPictures.write(150, to: samples.folder)
    let results = try [1, 2, 4].map { threads in
      try classify(samples, ["-t", "\(threads)", "--format", format, "pictures"])
    }
    let (kinds, good) = (try MixedPictures.kinds().count, 8)
    let bad = (0..<150).count { $0 % kinds >= good }
    for result in results {
      #expect(result.status == 0 && result.output == results[0].output)
      #expect(result.errorText == "edgeinfer: \(bad) of 150 pictures could not be labelled\n")
    }
    if format == "jsonl" { #expect(try files(results[0]) == names) }
  }

  @Test func `a picture that claims 64k by 64k pixels is one error row, soon`() throws {
    let samples = try Samples()
    let large = try #require(try MixedPictures.kinds().first { $0.name == "large_420" }).bytes
    for (index, side) in [65_535, 65_500, 10_001].enumerated() {
      try samples.folder.write("b/\(index).jpg", MixedPictures.resized(large, width: side, height: side))
    }
    let start = Date()
    let result = try classify(samples, ["--format", "csv", "-k", "1", "b"])
    #expect(Date().timeIntervalSince(start) < 5)
    let rows = result.text.components(separatedBy: "\r\n").filter { $0.contains("at most 100000000 pixels") }
    #expect(result.status == 0 && rows.count == 3, "\(result.text)")
  }

  @Test func `--max-pixels refuses what is larger, and nothing else`() throws {
    let samples = try Samples()
    // 97 x 61 is among the kinds.
    try MixedPictures.write(8, to: samples.folder)
    func errors(_ limit: String) throws -> Int {
      try classify(samples, ["--format", "jsonl", "--max-pixels", limit, "pictures"]).lines.count {
        $0.contains("\"error\"")
      }
    }
    #expect(try errors("1M") == 0)
    #expect(try errors("2K") == 1)
    #expect(try errors("1") == 8)
    #expect(try classify(samples, ["--max-pixels", "0", "pictures"]).status == 64)
    #expect(try classify(samples, ["--max-pixels", "1T", "pictures"]).status == 64)
  }

  @Test func `a pattern that the shell left alone finds files, sorted and once each`() throws {
    let samples = try Samples()
    for name in ["x/a1.jpg", "x/a2.jpg", "x/b1.jpg", "x/y/a1.jpg", "x/.hidden/a1.jpg", "x/.a.jpg", "[odd].jpg"] {
      try samples.folder.write(name, samples.jpeg)
    }
    try samples.folder.write("x/a1.txt", "no picture")
    func found(_ pattern: String) throws -> [String] {
      try files(classify(samples, ["--format", "jsonl", pattern]))
    }
    #expect(try found("x/a?.jpg") == ["x/a1.jpg", "x/a2.jpg"])
    #expect(try found("x/[!a]*.jpg") == ["x/b1.jpg"])
    #expect(try found("x/[a-b]1.*") == ["x/a1.jpg", "x/b1.jpg"])
    #expect(try found("**/a1.jpg") == ["x/a1.jpg", "x/y/a1.jpg"])
    #expect(try found("*/**/**/*1.jpg") == ["x/a1.jpg", "x/b1.jpg", "x/y/a1.jpg"])
    let absolute = try found(samples.folder.path("x/*b*"))
    #expect(absolute == [samples.folder.path("x/b1.jpg")])
    // A folder that matches is searched, as if the shell had named it.
    #expect(try found("*/y") == ["x/y/a1.jpg"])
    #expect(try found("./x/.a*") == ["./x/.a.jpg"])
    // What exists is no pattern.
    #expect(try found("[odd].jpg") == ["[odd].jpg"])
    let none = try classify(samples, ["x/c*.jpg"])
    #expect(none.status == 66 && none.text.contains("No such file"))
    let other = try classify(samples, ["-v", "x/*.txt"])
    #expect(other.status == 66 && other.errorText.contains("1 files that are not JPEG were skipped"))
  }

  @Test func `--null takes paths with line feeds in them`() throws {
    let samples = try Samples()
    let names = ["a\nb.jpg", "c.jpg", "d\n.jpg"]
    for name in names { try samples.folder.write(name, samples.jpeg) }
    for end in ["", "\0"] {
      let result = try classify(
        samples, ["--format", "jsonl", "-0", "-"], input: Data((names.joined(separator: "\0") + end).utf8))
      let found = try files(result)
      #expect(result.status == 0)
      #expect(found == names)
    }
  }

  @Test func `--max-memory counts every arena`() throws {
    let samples = try Samples()
    try MixedPictures.write(20, to: samples.folder)
    let plenty = try classify(samples, ["--format", "csv", "-t", "4", "-v", "pictures"])
    let peak = try #require(plenty.errorText.firstMatch(of: #/peak memory (\d+) bytes, 4 threads/#))
    let arena = try #require(Int(peak.1)) / 4
    let scarce = try classify(
      samples, ["--format", "csv", "-t", "4", "-v", "--max-memory", "\(3 * arena)", "pictures"])
    #expect(scarce.status == 0 && scarce.output == plenty.output)
    #expect(scarce.errorText.contains("peak memory \(3 * arena) bytes, 3 threads"))
    #expect(try classify(samples, ["--max-memory", "\(arena - 1)", "pictures"]).status == 78)
  }

  @Test func `results come while standard input is still open`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = Program.command + ["classify", "-m", samples.model, "-t", "3", "--format", "jsonl", "-"]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    for _ in 0..<5 {
      try input.fileHandleForWriting.write(contentsOf: Data("\(path)\n".utf8))
      #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("{\"file\":"))
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func `a list with a line beyond all bounds ends with what came before it`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let list = Data("\(path)\n\(path)\n".utf8) + Data(repeating: 0x61, count: 2 << 20)
    for threads in ["1", "3"] {
      let result = try classify(samples, ["--format", "jsonl", "-t", threads, "-"], input: list)
      #expect(result.status == 65 && result.lines.count == 2)
      #expect(result.errorText.contains("--null"))
    }
  }

  @Test func `the bar shows rate and remaining time on a terminal, and elsewhere nothing`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    func errors(_ arguments: [String], environment: [String: String]) throws -> String {
      let (terminal, other) = try Terminal.open()
      let (process, input, output) = (Process(), Pipe(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = Program.command + ["classify", "-m", samples.model, "--format", "jsonl"] + arguments
      process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        .merging(environment) { $1 }
      (process.standardInput, process.standardOutput) = (input, output)
      process.standardError = FileHandle(fileDescriptor: other, closeOnDealloc: true)
      try process.run()
      for _ in 0..<2 {
        try input.fileHandleForWriting.write(contentsOf: Data("\(path)\n".utf8))
        #expect(!output.fileHandleForReading.availableData.isEmpty)
        Thread.sleep(forTimeInterval: 0.3)
      }
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      return Terminal.readAll(terminal)
    }
    let shown = try errors(["-"], environment: ["TERM": "xterm"])
    #expect(shown.contains("2 pictures  "))
    #expect(shown.contains("/s"))
    #expect(shown.hasSuffix("\r\u{1B}[K"))
    #expect(try errors(["-q", "-"], environment: ["TERM": "xterm"]) == "")
    #expect(try errors(["-"], environment: ["TERM": "dumb"]) == "")
  }
}

/// A pseudo-terminal.
private enum Terminal {
  /// TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which are macros with arguments.
  private static let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

  /// - Returns: descriptors of its two ends.
  static func open() throws -> (master: Int32, slave: Int32) {
    let master = Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (lock, number): (Int32, Int32) = (0, -1)
    #expect(ioctl(master, setLock, &lock) == 0)
    #expect(ioctl(master, getNumber, &number) == 0)
    let slave = Foundation.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
    return (master, slave)
  }

  /// What was written to the other end, until nothing comes for a while; and closes this one.
  static func readAll(_ master: Int32) -> String {
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    defer { close(master) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    var silences = 0
    while silences < 20 {
      let count = read(master, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else {
        silences += 1
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
