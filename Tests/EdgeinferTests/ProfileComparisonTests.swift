import Foundation
import Testing

@Suite struct ProfileComparisonTests {
  private let folder: Folder
  private let model: String

  init() throws {
    folder = try Folder()
    model = try folder.write("tiny.edge", TinyModel.int8().encoded())
  }

  private func profile(_ arguments: [String]) throws -> Program.Result {
    try Program.run(["profile", "-m", model, "--runs", "40", "-t", "1"] + arguments)
  }

  /// A report whose median is `factor` times what was measured.
  private func baseline(_ factor: Double) throws -> String {
    let result = try profile(["--format", "json", "--ops"])
    var object = try #require(JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    object["median_ms"] = try #require(object["median_ms"] as? Double) * factor
    object["spread"] = 0.0
    let name = "old\(factor).json"
    return try folder.write(name, Array(JSONSerialization.data(withJSONObject: object)))
  }

  @Test func `a thousand times slower fails the assertion, a thousand times faster does not`() throws {
    let slower = try profile(["--compare", try baseline(0.001), "--assert", "5%", "--ops"])
    #expect(slower.status == 1 && slower.text.contains(": slower"), "\(slower.text)")
    let faster = try profile(["--compare", try baseline(1000), "--assert", "5"])
    #expect(faster.status == 0 && faster.text.contains(": faster"), "\(faster.text)")
    // Without --assert it is only said.
    #expect(try profile(["--compare", try baseline(0.001)]).status == 0)
  }

  @Test func `JSON stays alone on standard output`() throws {
    let result = try profile(["--compare", try baseline(1), "--format", "json"])
    #expect(result.status == 0 && result.errorText.contains("compared with"))
    #expect(try JSONSerialization.jsonObject(with: result.output) is [String: Any])
  }

  @Test func `files that are no report are refused by what they are`() throws {
    let cases: [(String, Int32, String)] = [
      ("{", 65, "not JSON at byte 1"), ("{\"schema\": 1}", 65, "schema 2"), ("[1, 2]", 65, "schema 2"),
      ("{\"schema\": 2, \"median_ms\": -1, \"threads\": 1}", 65, "median_ms"),
      ("{\"schema\": 2, \"median_ms\": 1e999, \"threads\": 1e300}", 65, "threads"),
    ]
    for (text, status, message) in cases {
      let file = try folder.write("bad.json", Array(text.utf8))
      let result = try profile(["--compare", file])
      #expect(result.status == status && result.errorText.contains(message), "\(text): \(result.errorText)")
    }
    #expect(try profile(["--compare", folder.path("none.json")]).status == 66)
  }

  @Test func `another model and other threads are named`() throws {
    let old = try baseline(1)
    let other = try folder.write("other.edge", TinyModel.sum(.float32).encoded())
    let result = try Program.run(["profile", "-m", other, "--runs", "2", "-t", "2", "--compare", old])
    #expect(result.text.contains("another model file") && result.text.contains("with 1 threads"), "\(result.text)")
  }
}
