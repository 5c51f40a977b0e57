import Foundation
import Testing

@Suite struct ShardTests {
  @Test(arguments: ["csv", "jsonl"])
  func `parts hold each picture once, and sort puts them together`(format: String) throws {
    let samples = try Samples()
    try MixedPictures.write(120, to: samples.folder)
    try samples.folder.write("pictures/notes.txt", "no picture")
    func run(_ arguments: [String]) throws -> [UInt8] {
      let result = try Program.run(
        ["classify", "-m", samples.model, "-k", "1", "--format", format] + arguments, folder: samples.folder.url)
      #expect(result.status == 0)
      return Array(result.output)
    }
    let whole = try run(["pictures"])
    let parts = try (1...4).map { try run(["--shard", "\($0)/4", "pictures"]) }
    func lines(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split(separator: 0x0A).map { Array($0) } }
    for part in parts { #expect(lines(part).count > 15) }
    let joined = parts.flatMap { lines($0) }
    // `cat`: only the first part of a table has its header.
    #expect(joined.first == lines(whole).first || format == "jsonl")
    // For those who count from 0.
    #expect(try run(["--shard", "0/4", "pictures"]) == parts[3])
    // `LC_ALL=C sort`.
    let sorted = joined.sorted { $0.lexicographicallyPrecedes($1) }
    #expect(sorted == lines(whole).sorted { $0.lexicographicallyPrecedes($1) })
    if format == "jsonl" { #expect(sorted == lines(whole)) }
  }

  /// XXH64 of the three names by another implementation (`printf NAME | xxh64sum`), modulo 3.
  @Test func `the part is a hash of the path below the argument`() throws {
    let samples = try Samples()
    let hashes: [(name: String, hash: UInt64)] = [
      ("a.jpg", 0xB5FC_2BF8_B423_98A3), ("cats/b.jpg", 0x6859_1AA4_161D_3E49),
      ("cats/2024/c.jpg", 0xA424_ED79_3767_EBBA),
    ]
    for root in ["x", "y/z"] {
      for entry in hashes { try samples.folder.write("\(root)/\(entry.name)", samples.jpeg) }
      for part in 1...3 {
        let result = try Program.run(
          ["classify", "-q", "-m", samples.model, "-k", "1", "--format", "jsonl", "--shard", "\(part)/3", root],
          folder: samples.folder.url)
        let expected = hashes.filter { $0.hash % 3 == part - 1 }
        #expect(result.lines.count == expected.count)
        for entry in expected { #expect(result.text.contains("\"\(root)/\(entry.name)\"")) }
      }
    }
  }

  @Test(arguments: ["4/3", "1/0", "0/0", "1", "a/b", "-1/3", "1/3/4"])
  func `a part that is none is refused`(part: String) throws {
    let samples = try Samples()
    let path = try samples.folder.write("a.jpg", samples.jpeg)
    let result = try Program.run(["classify", "-m", samples.model, "--shard", part, path])
    #expect(result.status == 64 && result.errorText.contains("not a part such as 1/4"))
  }
}
