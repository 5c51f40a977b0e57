import EdgeQuant
import Testing

@Suite struct LabelTests {
  private func labels(_ text: String, _ classCount: Int?) throws(QuantError) -> (labels: [String], notes: [String]) {
    var report = Report()
    return (try Labels.parse(Array(text.utf8), classCount: classCount, report: &report), report.notes)
  }

  private func lines(_ count: Int, first: String? = nil) -> String {
    ((first.map { [$0] } ?? []) + (0..<count).map { "class \($0)" }).joined(separator: "\n") + "\n"
  }

  @Test func `all three forms of a line are read, comments are not`() throws {
    #expect(try labels("# animals\ncat\ndog\n", 2).labels == ["cat", "dog"])
    #expect(try labels("1: dog\n0: cat\n", 2).labels == ["cat", "dog"])
    #expect(
      try labels("n01440764 tench, Tinca tinca\nn01443537 goldfish\n", 2).labels == ["tench, Tinca tinca", "goldfish"])
  }

  @Test func `the background class is added or left out, and a note says so`() throws {
    let added = try labels(lines(1000), 1001)
    #expect(added.labels.count == 1001)
    #expect(added.labels[0] == "background")
    #expect(added.labels[1] == "class 0")
    #expect(added.notes.count == 1)
    let removed = try labels(lines(1000, first: "background"), 1000)
    #expect(removed.labels.count == 1000)
    #expect(removed.labels[0] == "class 0")
    #expect(removed.notes.count == 1)
    #expect(try labels(lines(1000, first: "background"), 1001).notes.isEmpty)
  }

  @Test(
    arguments: [
      (names: 9, first: nil, classCount: 10), (1001, nil, 1002), (999, "background", 1001), (1000, nil, 999),
      (1000, "tench", 1000),
    ] as [(names: Int, first: String?, classCount: Int)])
  func `one name too few or too many is the background in no other case`(
    names: Int, first: String?, classCount: Int
  ) {
    #expect(throws: QuantError.self) { try labels(lines(names, first: first), classCount) }
  }

  @Test func `another number of names is refused with both numbers`() {
    let error = #expect(throws: QuantError.self) { try labels(lines(90), 2) }
    #expect(error.map { "\($0)" }?.contains("90 names, but the model has 2 classes") == true)
  }

  @Test func `an empty file is refused`() {
    #expect(throws: QuantError.self) { try labels("\n\n", 2) }
  }
}
