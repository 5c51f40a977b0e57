import Foundation
import Testing

@testable import EdgeFormats

@Suite struct JSONValueTests {
  @Test func `what the writer writes is read back`() throws {
    var json = JSONWriter()
    json.beginObject()
    json.string("text", "a \"quoted\"\\ line\n\t\u{1} \u{1F600}")
    json.integer("whole", -12)
    json.number("real", 0.1)
    json.boolean("yes", true)
    json.string("nothing", nil)
    json.array("list", [1, 2, 3]) { json, number in json.integer(number) }
    json.endObject()
    let value = try JSONValue(parsing: json.bytes)
    #expect(value["text"]?.string == "a \"quoted\"\\ line\n\t\u{1} \u{1F600}")
    #expect(value["whole"]?.number == -12 && value["real"]?.number == 0.1)
    #expect(value["list"]?.array?.compactMap { $0.number } == [1, 2, 3])
    guard case .boolean(true)? = value["yes"], case .null? = value["nothing"] else {
      Issue.record("true or null is missing")
      return
    }
    #expect(value["absent"] == nil && value["text"]?.number == nil && JSONValue.number(1)["a"] == nil)
  }

  @Test(arguments: [
    ("0", 0), ("-0.5", -0.5), ("1e3", 1000), ("12.25E-2", 0.1225), ("1e-400", 0), ("123456789012", 123_456_789_012),
  ])
  func `numbers`(text: String, number: Double) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)).number == number)
  }

  @Test func `numbers are within a few units of the last digit`() throws {
    for exponent in -300...300 where exponent % 7 == 0 {
      let number = 1.234567890123456 * pow(10, Double(exponent))
      let read = try #require(try JSONValue(parsing: Array("\(number)".utf8)).number)
      #expect(abs(read - number) <= 16 * number.ulp)
    }
  }

  @Test func `escapes, surrogates among them`() throws {
    let value = try JSONValue(parsing: Array(#""A\u00e9\ud83d\ude00\/\b\f\r\ud800x""#.utf8))
    #expect(value.string == "A\u{E9}\u{1F600}/\u{8}\u{C}\r\u{FFFD}x")
  }

  @Test(arguments: [
    "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{a:1}", "{\"a\":1,}", "tru", "nul", "01", "-", "1.", "1e", ".5", "\"a",
    "\"\\x\"",
    "\"\\u12g4\"", "\"\u{1}\"", "1 2", "[]]", "+1", "\"\\ud83d\\u0041\"",
  ])
  func `anything else is refused`(text: String) {
    #expect(throws: JSONValue.Problem.self) { try JSONValue(parsing: Array(text.utf8)) }
  }

  @Test func `deep nesting ends in an error, and so does every cut`() throws {
    #expect(throws: JSONValue.Problem.self) {
      try JSONValue(parsing: Array(repeating: UInt8(ascii: "["), count: 100_000))
    }
    let text = Array(#"{"a":[1,-2.5e3,"x\u00e9",true,null,{"b":{}}]}"#.utf8)
    _ = try JSONValue(parsing: text)
    for count in text.indices {
      #expect(throws: JSONValue.Problem.self) { try JSONValue(parsing: Array(text[..<count])) }
    }
  }
}
