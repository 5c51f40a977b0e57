import EdgeModel
import EdgeTensor
import Foundation
import Testing

@Suite struct InfoTests {
  private func model() -> ModelContents {
    var contents = TinyModel.int8(labels: ["a \"quoted\" label", "tab\there", "ü", "d"])
    contents.preprocessing = Preprocessing(
      color: .gray, crop: .center, cropFraction: 0.875, mean: [0], standardDeviation: [1])
    contents.origin.fileName = "tiny.tflite"
    contents.origin.fileHash = 0x12
    return contents
  }

  @Test func `the text shows peak, operators and a memory map in 80 columns`() throws {
    let folder = try Folder()
    var contents = model()
    contents.outputs.append(0)  // so that nothing may be written over it
    contents.plans = [TinyModel.plan(x: 0, sum: 64)]
    let path = try folder.write("tiny.edge", contents.encoded())
    let result = try Program.run(["info", "-m", path])
    #expect(result.status == 0)
    #expect(result.lines.contains("peak memory: 128 bytes"))
    #expect(result.text.contains("int8[1x2x2x1]") && result.text.contains("add 1 reshape 1"))
    #expect(result.text.contains("xxh64 0000000000000012"))
    #expect(result.text.contains("gray, center 0.875"))
    let map = try #require(result.lines.first { $0.contains("0 add            |") })
    // x is read from one half of the arena, the sum written to the other.
    #expect(map.contains(String(repeating: "r", count: 24)) && map.contains(String(repeating: "#", count: 24)))
    #expect(result.lines.filter { !$0.contains("/") }.allSatisfy { $0.utf8.count <= 80 })
    #expect(!result.text.contains("\u{1B}"))
  }

  @Test func `the JSON has what the text has`() throws {
    let folder = try Folder()
    let path = try folder.write("tiny.edge", model().encoded())
    let result = try Program.run(["info", "-m", path, "--format", "json"])
    let json = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    #expect(json["schema"] as? Int == 1)
    #expect(json["peak_bytes"] as? Int == 64)
    #expect(json["lower_bound_bytes"] as? Int == 64)
    let inputs = try #require(json["inputs"] as? [[String: Any]])
    let outputs = try #require(json["outputs"] as? [[String: Any]])
    #expect(inputs.map { $0["dtype"] as? String } == ["int8"])
    #expect(inputs.map { $0["shape"] as? [Int] } == [[1, 2, 2, 1]])
    #expect(outputs.map { $0["dtype"] as? String } == ["int8"])
    #expect(outputs.map { $0["scale"] as? Double } == [1])
    #expect(json["labels"] as? [String] == ["a \"quoted\" label", "tab\there", "ü", "d"])
    let operators = try #require(json["operators"] as? [[String: Any]])
    #expect(operators.map { $0["node"] as? String } == ["net/add", "net/flat"])
    let blocks = try #require(json["memory_blocks"] as? [[String: Any]])
    #expect(blocks.map { $0["tensor"] as? Int } == [0, 2, 3] && blocks.allSatisfy { $0["bytes"] as? Int == 64 })
    let shared = try #require(json["shared_tensors"] as? [[String: Any]])
    #expect(shared.map { $0["tensor"] as? Int } == [0, 3] && shared.map { $0["inside"] as? Int } == [2, 2])
    #expect(shared.map { $0["overwritten"] as? Bool } == [true, false])
    #expect((json["preprocessing"] as? [String: Any])?["color"] as? String == "gray")
  }

  @Test func `a stored plan is shown and used, and without one nothing is searched`() throws {
    let folder = try Folder()
    var contents = TinyModel.int8()
    contents.plans = [TinyModel.plan(x: 0, sum: 128)]
    let path = try folder.write("tiny.edge", contents.encoded())
    let result = try Program.run(["info", "-m", path])
    #expect(result.lines.contains("peak memory: 192 bytes"))
    #expect(result.text.contains("lower bound 64 bytes, gap 128"))
    let other = try Program.run(["info", "-m", path, "-t", "2"])
    // The program for boards has no search: without a plan, nothing shares bytes.
    #expect(other.lines.contains("peak memory: 128 bytes") && other.text.contains("lower bound 64 bytes, gap 64"))
    let profile = ["profile", "-m", path, "-t", "2", "--runs", "1"]
    #expect(try Program.run(profile).errorText.contains("has plans for 1 threads, not for 2"))
    #expect(try Program.run(profile + ["--no-fuse"]).errorText == "")
  }

  @Test func `tensors that share memory are listed`() throws {
    let folder = try Folder()
    let result = try Program.run(["info", "-m", folder.write("tiny.edge", model().encoded())])
    #expect(result.lines.contains("   0 add                 tensor 2 is written over tensor 0"))
    #expect(result.lines.contains("   1 reshape             tensor 3 has the bytes of tensor 2"))
  }
}
