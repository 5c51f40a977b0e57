import Foundation
import Testing

/// `--labelled` and `--sort-into`.
@Suite struct LabelledTests {
  /// The order of the classes, best first, that the model sees in `samples.jpeg`.
  private func samples() throws -> (samples: Samples, best: String, second: String) {
    let names = ["red", "Light_green", "sky blue", "other"]
    let samples = try Samples(labels: names)
    return (samples, names[samples.order[0]], names[samples.order[1]])
  }

  private func run(_ samples: Samples, _ arguments: [String]) throws -> Program.Result {
    try Program.run(["classify", "-m", samples.model] + arguments, folder: samples.folder.url)
  }

  @Test func `figures compare the first folder below the argument with the answer`() throws {
    let (samples, best, second) = try samples()
    // Capitals, spaces, dashes and low lines do not matter.
    let other = second.uppercased().replacing(" ", with: "-")
    for name in ["\(best)/1.jpg", "\(best)/deep/folder/2.jpg", "\(other)/3.jpg"] {
      try samples.folder.write("data/\(name)", samples.jpeg)
    }
    try samples.folder.write("data/\(best)/cut.jpg", [])
    let result = try run(samples, ["-q", "--labelled", "-k", "1", "--format", "csv", "-o", "out.csv", "data"])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.lines[0] == "3 labelled pictures, 1 more could not be read")
    #expect(result.lines[1] == "top-1   66.67 %  (2 of 3)")
    func row(_ label: String) throws -> [Substring] {
      let line = try #require(result.lines[3...4].first { $0.hasPrefix(label) })
      return line.dropFirst(label.count).split(separator: " ")
    }
    #expect(try row(best) == ["2", "2", "100.00", "%", "66.67", "%"])
    #expect(try row(second) == ["1", "0", "0.00", "%", "-"])
    #expect(result.text.contains("confusion (rows: the folder; columns: what the model says)"))
    // The file has one class a picture, as -k says.
    #expect(
      String(decoding: try samples.folder.bytes("out.csv"), as: UTF8.self).components(separatedBy: "\r\n").count == 6)
  }

  @Test func `figures come behind text, but not among CSV`() throws {
    let (samples, best, _) = try samples()
    try samples.folder.write("data/\(best)/1.jpg", samples.jpeg)
    let text = try run(samples, ["--labelled", "data"])
    #expect(text.errorText == "" && text.text.contains("top-1  100.00 %"))
    let csv = try run(samples, ["--labelled", "--format", "csv", "data"])
    #expect(csv.errorText.contains("top-1  100.00 %") && !csv.text.contains("top-1"))
  }

  @Test func `the folder that contains them labels files that were named themselves`() throws {
    let (samples, best, second) = try samples()
    try samples.folder.write("x/\(best)/1.jpg", samples.jpeg)
    try samples.folder.write("x/\(second)/1.jpg", samples.jpeg)
    let result = try run(samples, ["-q", "--labelled", "x/\(best)/1.jpg", "x/\(second)/1.jpg"])
    #expect(result.text.contains("top-1   50.00 %  (1 of 2)"))
    let folder = try run(samples, ["-q", "--labelled", "x/\(best)"])
    #expect(folder.text.contains("top-1  100.00 %  (1 of 1)"))
    let pattern = try run(samples, ["-q", "--labelled", "x/*/1.jpg"])
    #expect(pattern.text.contains("top-1   50.00 %  (1 of 2)"))
  }

  @Test func `folders that are no class are named`() throws {
    let (samples, best, _) = try samples()
    try samples.folder.write("data/n0144/1.jpg", samples.jpeg)
    let none = try run(samples, ["--labelled", "data"])
    #expect(none.status == 65 && none.text == "")
    #expect(none.errorText.contains("folders are n0144; labels are red, Light_green, sky blue, other"))
    try samples.folder.write("data/\(best)/1.jpg", samples.jpeg)
    let some = try run(samples, ["--labelled", "data"])
    #expect(some.status == 0 && some.errorText.contains("1 of 2 folders have no class's name and do not count: n0144"))
    #expect(some.text.contains("1 labelled pictures, 1 more in folders that are no class: n0144"))
    // Numbers of classes do as well.
    try samples.folder.write("numbers/\(samples.order[0])/1.jpg", samples.jpeg)
    #expect(try run(samples, ["--labelled", "numbers"]).text.contains("top-1  100.00 %"))
  }

  @Test func `resumed, it counts all pictures`() throws {
    let (samples, best, second) = try samples()
    for index in 0..<4 { try samples.folder.write("data/\(index == 3 ? second : best)/\(index).jpg", samples.jpeg) }
    for format in ["csv", "jsonl"] {
      let arguments = ["-q", "--labelled", "--format", format, "-o", "out", "data"]
      let figures = try run(samples, arguments)
      #expect(figures.text.contains("top-1   75.00 %  (3 of 4)"))
      let whole = try samples.folder.bytes("out")
      try samples.folder.write("out", Array(whole[..<(whole.count * 6 / 10)]))
      let resumed = try run(samples, arguments + ["--resume"])
      #expect(resumed.text == figures.text)
      #expect(try samples.folder.bytes("out") == whole)
      #expect(try run(samples, arguments + ["--resume", "-k", "2"]).status == 64)
    }
  }

  @Test func `--sort-into links each picture once into the folder of its label`() throws {
    let (samples, best, _) = try samples()
    // One picture, and the same with some bytes behind its end.
    for (index, name) in ["a/1.jpg", "b/1.jpg", "b/2.jpg"].enumerated() {
      try samples.folder.write("p/\(name)", samples.jpeg + [UInt8](repeating: 0, count: index))
    }
    try samples.folder.write("p/bad.jpg", [])
    try samples.folder.write("sorted/\(best)/2.jpg", "was here before")
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: samples.folder.path("sorted/\(best)")).sorted()
    }
    var first: [String] = []
    // Once more: nothing is put there twice.
    for _ in 0..<2 {
      let result = try run(samples, ["-q", "-t", "2", "--sort-into", "sorted", "p"])
      #expect(result.status == 0, "\(result.errorText)")
      #expect(try names().count == 4)
      if first.isEmpty { first = try names() }
      #expect(try names() == first)
    }
    #expect(first.contains("1.jpg") && first.contains("2.jpg"))
    #expect(first.contains { $0.wholeMatch(of: #/1-[0-9a-f]{8}\.jpg/#) != nil })
    #expect(first.contains { $0.wholeMatch(of: #/2-[0-9a-f]{8}\.jpg/#) != nil })
    #expect(try samples.folder.bytes("sorted/\(best)/2.jpg") == Array("was here before".utf8))
    let folders = try FileManager.default.contentsOfDirectory(atPath: samples.folder.path("sorted"))
    #expect(folders == [best])
    let attributes = try FileManager.default.attributesOfItem(atPath: samples.folder.path("sorted/\(best)/1.jpg"))
    #expect((attributes[.referenceCount] as? NSNumber)?.intValue == 2)
  }

  @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "there is no second file system here"))
  func `on another file system it copies`() throws {
    let (samples, best, _) = try samples()
    for name in ["a/1.jpg", "b/1.jpg"] { try samples.folder.write("p/\(name)", samples.jpeg) }
    try samples.folder.write("p/c/1.jpg", try #require(try MixedPictures.kinds().first { $0.name == "gray" }).bytes)
    let other = "/dev/shm/edgeinfer-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: other) }
    for _ in 0..<2 {
      #expect(try run(samples, ["-q", "--sort-into", other, "p"]).status == 0)
      // Both pictures of that name have the same bytes: one copy is enough.
      let copy = try Data(contentsOf: URL(fileURLWithPath: "\(other)/\(best)/1.jpg"))
      #expect(Array(copy) == samples.jpeg)
      let found = FileManager.default.enumerator(atPath: other)?.compactMap { $0 as? String } ?? []
      #expect(found.filter { $0.hasSuffix(".jpg") }.count == 2 && !found.contains { $0.hasSuffix(".part") })
    }
  }

  @Test func `a folder that cannot be filled ends with 74, after all rows`() throws {
    let (samples, best, _) = try samples()
    try samples.folder.write("p/1.jpg", samples.jpeg)
    try samples.folder.write("sorted/\(best)", "a file where a folder should be")
    let result = try run(samples, ["--sort-into", "sorted", "--format", "jsonl", "p"])
    #expect(result.status == 74 && result.lines.count == 1)
    #expect(result.errorText.contains("1 pictures could not be sorted"))
    #expect(try run(samples, ["--sort-into", "p/1.jpg", "p"]).status == 73)
  }
}
