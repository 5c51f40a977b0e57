import Foundation
import Testing

@Suite struct ClassifyTests {
  private struct Line: Decodable, Equatable {
    struct Entry: Decodable, Equatable {
      let index: Int
      let label: String?
      let score: Float
    }
    let file: String
    let top: [Entry]?
    let error: String?
    let timing: [String: Double]?

    enum CodingKeys: String, CodingKey {
      case file, top, error
      case timing = "timing_ms"
    }
  }

  private func decode(_ lines: [String]) throws -> [Line] {
    try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  @Test func `JSONL has an object a picture, the best class first`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let result = try Program.run(["classify", "-m", samples.model, "--format", "jsonl", path])
    #expect(result.status == 0, "\(result.errorText)")
    let lines = try decode(result.lines)
    #expect(lines.count == 1 && lines[0].file == path && lines[0].error == nil && lines[0].timing == nil)
    let names = ["red", "green, light", "blue \"sky\"", "ü"]
    #expect(
      lines[0].top == samples.order.map { Line.Entry(index: $0, label: names[$0], score: samples.scores[$0]) })
  }

  @Test func `JSON is one array`() throws {
    let samples = try Samples()
    let paths = try ["a.jpg", "b.jpg"].map { try samples.folder.write($0, samples.jpeg) }
    let result = try Program.run(["classify", "-m", samples.model, "--format", "json", "-k", "1"] + paths)
    let lines = try JSONDecoder().decode([Line].self, from: result.output)
    #expect(lines.map { $0.file } == paths)
    #expect(lines.allSatisfy { $0.top?.map { $0.index } == [samples.order[0]] })
  }

  @Test func `CSV has a row a class, quoted where needed, and CR LF`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("with, comma.jpg", samples.jpeg)
    let result = try Program.run(["classify", "-m", samples.model, "--format", "csv", path])
    let names = ["red", "\"green, light\"", "\"blue \"\"sky\"\"\"", "ü"]
    var expected = "path,rank,index,label,score,error\r\n"
    for (rank, index) in samples.order.enumerated() {
      expected += "\"\(path)\",\(rank + 1),\(index),\(names[index]),\(samples.scores[index]),\r\n"
    }
    #expect(result.text == expected)
  }

  @Test func `the text names each picture and its classes, without colour where nobody sees it`() throws {
    let samples = try Samples(labels: [])
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let result = try Program.run(["classify", "-m", samples.model, "-k", "1", path])
    #expect(result.lines.first == path)
    #expect(result.lines.last?.hasSuffix("  class \(samples.order[0])") == true)
    #expect(result.lines.count == 2 && !result.text.contains("\u{1B}"))
  }

  @Test func `labels from a file replace the model's`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let labels = try samples.folder.write("labels.txt", "0 a\n1 b\n2 c\n3 d\n")
    let arguments = ["classify", "-m", samples.model, "-l", labels, "--format", "jsonl", path]
    let result = try Program.run(arguments)
    let line = try #require(try decode(result.lines).first, "\(result)")
    #expect(line.top?.map { $0.label } == samples.order.map { ["a", "b", "c", "d"][$0] })

    let short = try samples.folder.write("short.txt", "a\nb\n")
    let noted = try Program.run(["classify", "-m", samples.model, "-l", short, path])
    #expect(noted.status == 0 && noted.errorText.contains("2 labels for 4 classes"))
    #expect(try Program.run(["classify", "-q", "-m", samples.model, "-l", short, path]).errorText == "")
    #expect(try Program.run(["classify", "-m", samples.model, "-l", "/nowhere", path]).status == 66)
  }

  @Test func `a folder is searched below, sorted by bytes, other files skipped`() throws {
    let samples = try Samples()
    for name in ["pictures/b.jpg", "pictures/a/z.JPEG", "pictures/B.JPG", "pictures/a.jpeg"] {
      try samples.folder.write(name, samples.jpeg)
    }
    try samples.folder.write("pictures/notes.txt", "no picture")
    try FileManager.default.createSymbolicLink(
      atPath: samples.folder.path("pictures/loop"), withDestinationPath: samples.folder.path("pictures"))
    try FileManager.default.createSymbolicLink(
      atPath: samples.folder.path("pictures/link.jpg"), withDestinationPath: samples.folder.path("pictures/b.jpg"))
    let result = try Program.run(
      ["classify", "-m", samples.model, "--format", "jsonl", "pictures/"], folder: samples.folder.url)
    let expected = ["B.JPG", "a.jpeg", "a/z.JPEG", "b.jpg", "link.jpg"].map { "pictures/" + $0 }
    #expect(try decode(result.lines).map { $0.file } == expected)
    #expect(result.status == 0 && result.errorText == "")
  }

  @Test func `a damaged picture is one row and not the end`() throws {
    let samples = try Samples()
    try samples.folder.write("pictures/a.jpg", samples.jpeg)
    try samples.folder.write("pictures/b.jpg", Array(samples.jpeg[..<(samples.jpeg.count / 2)]))
    try samples.folder.write("pictures/c.jpg", [])
    try samples.folder.write("pictures/d.jpg", samples.jpeg)
    let arguments = ["classify", "-m", samples.model, "--format", "jsonl", samples.folder.path("pictures")]
    let result = try Program.run(arguments)
    #expect(result.status == 0)
    #expect(result.errorText == "edgeinfer: 2 of 4 pictures could not be labelled\n")
    #expect(try decode(result.lines).map { $0.error != nil } == [false, true, true, false])
    #expect(try decode(result.lines).map { $0.top != nil } == [true, false, false, true])
    #expect(try Program.run(arguments + ["--strict"]).status == 1)

    let csv = try Program.run([
      "classify", "-m", samples.model, "--format", "csv", samples.folder.path("pictures/c.jpg"),
    ])
    #expect(
      csv.text
        == "path,rank,index,label,score,error\r\n\(samples.folder.path("pictures/c.jpg")),,,,,the file is empty\r\n")
  }

  @Test func `one single picture decides the exit code`() throws {
    let samples = try Samples()
    let good = try samples.folder.write("good.jpg", samples.jpeg)
    let bad = try samples.folder.write("bad.jpg", "no picture")
    let none = samples.folder.path("none.jpg")
    func status(_ arguments: String...) throws -> Int32 {
      try Program.run(["classify", "-m", samples.model] + arguments).status
    }
    #expect(try status(good) == 0)
    #expect(try status(bad) == 65)
    #expect(try status(none) == 66)
    #expect(try status(good, none) == 0)
    #expect(try status(bad, none, "--strict") == 1)
    try FileManager.default.createDirectory(atPath: samples.folder.path("empty"), withIntermediateDirectories: false)
    #expect(try status(samples.folder.path("empty")) == 66)
    #expect(try Program.run(["classify", "-m", samples.model]).status == 64)
  }

  @Test func `paths come from standard input, in order, the last with or without a line feed`() throws {
    let samples = try Samples()
    let paths = try (0..<300).map { try samples.folder.write("\($0).jpg", $0 < 3 ? samples.jpeg : []) }
    let list = Data((paths.joined(separator: "\n") + "\n\n" + samples.folder.path("none.jpg")).utf8)
    let result = try Program.run(["classify", "-m", samples.model, "--format", "jsonl", "-"], input: list)
    #expect(result.status == 0)
    let lines = try decode(result.lines)
    #expect(lines.map { $0.file } == paths + [samples.folder.path("none.jpg")])
    #expect(lines.filter { $0.error == nil }.count == 3)
    #expect(lines.last?.error == "No such file or directory")
  }

  @Test func `stages are told at the end, and change no result`() throws {
    let samples = try Samples()
    for name in ["a.jpg", "b.jpg", "c.jpg"] { try samples.folder.write("pictures/\(name)", samples.jpeg) }
    let arguments = ["classify", "-m", samples.model, "--format", "csv", samples.folder.path("pictures")]
    let plain = try Program.run(arguments)
    let profiled = try Program.run(arguments + ["--profile"])
    #expect(profiled.status == 0 && profiled.output == plain.output && plain.errorText == "")
    let stages = profiled.errorText.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(stages.map { $0.first } == ["stage,", "decode", "preprocess", "infer", "wait"])
    for stage in stages.dropFirst() {
      let times = stage.dropFirst().compactMap { Double($0) }
      #expect(times.count == 5 && times.dropFirst().sorted() == Array(times.dropFirst()), "\(stage)")
    }
  }

  @Test func `timings come only when asked for`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    func run(_ format: String) throws -> Program.Result {
      try Program.run(["classify", "-m", samples.model, "-k", "1", "--timing", "--format", format, path])
    }
    let times = try #require(try decode(run("jsonl").lines).first?.timing)
    #expect(Set(times.keys) == ["decode", "preprocess", "infer", "total"])
    #expect(times.values.allSatisfy { $0 >= 0 && $0 < 60_000 })
    #expect(try run("csv").text.contains(/score,error,latency_ms\r\n.*,,\d+\.\d\d\d\r\n/))
    #expect(try run("text").text.contains("infer "))
  }

  @Test(arguments: ["text", "csv", "json", "jsonl"])
  func `the output depends on neither threads nor time`(format: String) throws {
    let samples = try Samples()
    for name in ["a.jpg", "b.jpg"] { try samples.folder.write(name, samples.jpeg) }
    let outputs = try (1...3).map { threads in
      try Program.run(
        ["classify", "-m", samples.model, "--format", format, "-t", "\(threads)", "."], folder: samples.folder.url
      ).output
    }
    #expect(outputs[0] == outputs[1] && outputs[1] == outputs[2] && !outputs[0].isEmpty)
  }

  @Test func `results go to a file with -o`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let arguments = ["classify", "-m", samples.model, "--format", "jsonl", path]
    let result = try Program.run(arguments + ["-o", samples.folder.path("out.jsonl")])
    #expect(result.status == 0 && result.text == "")
    #expect(try samples.folder.bytes("out.jsonl") == Array(Program.run(arguments).output))
    #expect(try Program.run(arguments + ["-o", "/nowhere/out.jsonl"]).status == 73)
    #expect(try Program.run(arguments + ["-o", "/dev/full"]).status == 74)
  }

  @Test func `file names need not be UTF-8, and cannot steer the terminal`() throws {
    let samples = try Samples()
    // Foundation cannot name such a file; the shell can.
    let source = try samples.folder.write("a.jpg", samples.jpeg)
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/bin/sh")
    copy.arguments = [
      "-c",
      "mkdir odd && cp '\(source)' \"$(printf 'odd/\\377.jpg')\" && cp '\(source)' \"$(printf 'odd/\\033[1m.jpg')\"",
    ]
    copy.currentDirectoryURL = samples.folder.url
    try copy.run()
    copy.waitUntilExit()
    func run(_ format: String) throws -> Program.Result {
      try Program.run(
        ["classify", "-m", samples.model, "-k", "1", "--format", format, "odd"], folder: samples.folder.url)
    }
    #expect(try decode(run("jsonl").lines).map { $0.file } == ["odd/\u{1B}[1m.jpg", "odd/\u{FFFD}.jpg"])
    #expect(try run("jsonl").text.contains(#"odd/\u001b[1m.jpg"#))
    #expect(try run("csv").output.range(of: Data([0x2F, 0xFF, 0x2E])) != nil)
    #expect(try run("text").text.contains("odd/?[1m.jpg"))
  }

  @Test func `a model that takes no pictures is refused`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    for (contents, word) in [(TinyModel.int8(), "how pictures become"), (TinyModel.sum(.float32), "2 inputs")] {
      let model = try samples.folder.write("other.edge", contents.encoded())
      let result = try Program.run(["classify", "-m", model, path])
      #expect(result.status == 65 && result.errorText.contains(word))
    }
  }

  @Test func `a model cut while it is mapped ends with 74 and a message`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = Program.command + ["classify", "-m", samples.model, "--format", "jsonl", "-"]
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data("\(path)\n".utf8))
    // The first result says that the model is mapped.
    #expect(!output.fileHandleForReading.availableData.isEmpty)
    #expect(truncate(samples.model, 0) == 0)
    try input.fileHandleForWriting.write(contentsOf: Data("\(path)\n".utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(text.contains("became shorter"))
  }

  @Test func `a closed pipe ends the program without a word`() throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let command = (Program.command + ["classify", "-m", samples.model, "--format", "jsonl"]).joined(separator: " ")
    process.arguments = ["-c", "yes '\(path)' | \(command) - | head -n 1"]
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
  }
}
