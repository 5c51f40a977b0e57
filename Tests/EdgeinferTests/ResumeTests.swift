import Foundation
import Testing

@Suite struct ResumeTests {
  private let samples: Samples
  private let arguments: [String]

  /// Three pictures, one of them damaged, one with a name that CSV and JSON must quote.
  init() throws {
    samples = try Samples(labels: ["a", "b, c", "d", "e"])
    try samples.folder.write("p/1.jpg", samples.jpeg)
    try samples.folder.write("p/2,\"\u{FC}\".jpg", samples.jpeg)
    try samples.folder.write("p/3.jpg", [])
    arguments = ["classify", "-q", "-m", samples.model, "-t", "1", "-k", "2", "-o", "out"]
  }

  private func run(_ more: [String]) throws -> Program.Result {
    try Program.run(arguments + more, folder: samples.folder.url)
  }

  @Test(arguments: ["csv", "jsonl"])
  func `a run cut at any byte is continued to the same file`(format: String) throws {
    #expect(try run(["--format", format, "p"]).status == 0)
    let whole = try samples.folder.bytes("out")
    // On an emulated CPU not at every byte.
    let step = Program.isEmulated ? 5 : 1
    for count in stride(from: 0, through: whole.count, by: step) {
      try samples.folder.write("out", Array(whole[..<count]))
      let result = try run(["--format", format, "--resume", "p"])
      let resumed = try samples.folder.bytes("out")
      #expect(result.status == 0 && resumed == whole, "cut at \(count): \(result.errorText)")
    }
    try FileManager.default.removeItem(atPath: samples.folder.path("out"))
    #expect(try run(["--format", format, "--resume", "p"]).status == 0)
    #expect(try samples.folder.bytes("out") == whole)
  }

  @Test func `what a power cut leaves behind is cut off`() throws {
    #expect(try run(["--format", "jsonl", "p"]).status == 0)
    let whole = try samples.folder.bytes("out")
    let line = try #require(whole.firstIndex(of: 0x0A)) + 1
    try samples.folder.write("out", Array(whole[..<line]) + [UInt8](repeating: 0, count: 100))
    #expect(try run(["--format", "jsonl", "--resume", "p"]).status == 0)
    #expect(try samples.folder.bytes("out") == whole)
  }

  @Test(arguments: ["csv", "jsonl"])
  func `other pictures, classes or formats are told and change nothing`(format: String) throws {
    #expect(try run(["--format", format, "p"]).status == 0)
    let whole = try samples.folder.bytes("out")
    func refuses(_ more: [String], _ word: String) throws {
      let result = try run(["--resume", "--format"] + more)
      let after = try samples.folder.bytes("out")
      #expect(result.status == 65 && after == whole, "\(result)")
      #expect(result.errorText.contains(word))
    }
    try refuses([format, "-k", "1", "p"], "--top")
    try refuses([format, "-k", "3", "p"], "--top")
    try refuses([format, "./p"], "its picture 1 is not ./p/1.jpg")
    try refuses([format, "p/1.jpg"], "more than the 1 pictures")
    try refuses([format == "csv" ? "jsonl" : "csv", "p"], "cannot resume out")
    try samples.folder.write("p/0.jpg", samples.jpeg)
    try refuses([format, "p"], "its picture 1 is not p/0.jpg")
    let usage = try Program.run(["classify", "-m", samples.model, "--resume", "p"], folder: samples.folder.url)
    #expect(usage.status == 64)
    #expect(try run(["--resume", "p"]).status == 64)
  }

  @Test(arguments: ["csv", "jsonl"])
  func `killed in the middle again and again, it comes to the same end`(format: String) throws {
    try MixedPictures.write(Program.isEmulated ? 200 : 1000, to: samples.folder)
    let folder = samples.folder.path("pictures")
    let path = samples.folder.path("out")
    let all = ["classify", "-q", "-m", samples.model, "--format", format, folder]
    let whole = try Program.run(all).output
    var kills = 0
    for attempt in 1...50 {
      let program = try RunningProgram(all + ["-t", "2", "-o", path, "--resume"])
      let target = attempt * whole.count / 8
      while program.process.isRunning, Self.byteCount(path) < target { usleep(200) }
      let killed = program.process.isRunning
      let result = try program.end(with: SIGKILL)
      if result.status == 0, result.signal == nil { break }
      if killed { kills += 1 }
    }
    #expect(kills > 0)
    #expect(try Data(samples.folder.bytes("out")) == whole)
  }

  private static func byteCount(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}
