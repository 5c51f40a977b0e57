import EdgeFormats
import Foundation
import Testing

@Suite struct JSONWriterTests {
  private func text(_ body: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    body(&json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  @Test func `commas stand between values and nowhere else`() {
    let text = text { json in
      json.beginObject()
      json.key("a")
      json.beginArray()
      json.integer(-1)
      json.boolean(true)
      json.null()
      json.beginObject()
      json.endObject()
      json.endArray()
      json.key("b")
      json.string("x")
      json.endObject()
    }
    #expect(text == #"{"a":[-1,true,null,{}],"b":"x"}"#)
  }

  @Test func `members stand behind their names, and nil is null`() {
    let text = text { json in
      json.beginObject()
      json.integer("count", 2)
      json.integer("none", nil)
      json.string("name", "x")
      json.string("nameless", nil)
      json.boolean("good", false)
      json.number("half", Float(0.5))
      json.number("quarter", 0.25)
      json.array("empty", [Int]()) { $0.integer($1) }
      json.objects("rows", 0..<2) { json, row in json.integer("row", row) }
      json.object("last") { _ in }
      json.endObject()
    }
    #expect(
      text == #"{"count":2,"none":null,"name":"x","nameless":null,"good":false,"half":0.5,"quarter":0.25,"#
        + #""empty":[],"rows":[{"row":0},{"row":1}],"last":{}}"#)
  }

  @Test func `every character below U+0100 survives`() throws {
    let all = String(String.UnicodeScalarView((0..<256).map { Unicode.Scalar(UInt8($0)) }))
    let bytes = Data(text { $0.string(all) }.utf8)
    #expect(try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed) as? String == all)
  }

  @Test(arguments: [0, 1, -0.1, 0.1, 1e-30, 3.4e38, 123456.7, 1e16] as [Float])
  func `numbers give the same float back`(value: Float) throws {
    let bytes = Data(text { $0.number(value) }.utf8)
    let number = try #require(try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed) as? NSNumber)
    #expect(number.floatValue == value)
  }

  @Test func `what JSON cannot express is null`() {
    #expect(text { $0.number(Float.nan) } == "null")
    #expect(text { $0.number(-Double.infinity) } == "null")
  }
}

@Suite struct CSVTests {
  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
    ("two\nlines", "\"two\nlines\""),
    ("\r", "\"\r\""),
  ])
  func `fields are quoted only where needed`(field: String, expected: String) {
    #expect(String(decoding: CSV.field(field.utf8), as: UTF8.self) == expected)
  }
}

@Suite struct LabelFileTests {
  private func labels(_ text: String) -> [String]? { LabelFile.parse(Array(text.utf8)) }

  @Test func `one name a line`() {
    #expect(labels("cat\n dog \r\nbird, small\n") == ["cat", "dog", "bird, small"])
    #expect(labels("\u{FEFF}cat\n\ndog\n\n\n") == ["cat", "", "dog"])
    #expect(labels("0\n1\n2") == ["0", "1", "2"])
    #expect(labels("") == [])
  }

  @Test func `numbered lines, in any order`() {
    #expect(labels("0 cat\n1 dog\n") == ["cat", "dog"])
    #expect(labels("2: bird\n0, cat\n") == ["cat", "", "bird"])
    // Not all lines have a number: the numbers belong to the names.
    #expect(labels("3 toed sloth\ncat") == ["3 toed sloth", "cat"])
  }

  @Test func `synset numbers are left out`() {
    #expect(labels("n01440764 tench, Tinca tinca\nn01443537 goldfish\n") == ["tench, Tinca tinca", "goldfish"])
  }

  @Test func `numbers that cannot be are refused`() {
    #expect(labels("0 cat\n0 dog") == nil)
    #expect(labels("999999999 cat") == nil)
  }
}

@Suite struct CSVReadingTests {
  private func rows(_ text: String) -> [[String]]? {
    CSV.rows(Array(text.utf8))?.map { row in row.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func `rows are cut into fields, quotes taken off, empty rows left out`() {
    #expect(rows("a,b\r\n\r\nc,\n\"x, \"\"y\"\"\n\",z") == [["a", "b"], ["c", ""], ["x, \"y\"\n", "z"]])
    #expect(rows("") == [] && rows("\u{FEFF}a") == [["a"]] && rows("a\rb\r") == [["a\rb"]])
    #expect(rows("a,\"b") == nil && rows("\"a\"b,c") == nil)
  }

  @Test func `what is written as a field is read back`() {
    for text in ["plain", "a,b", "say \"no\"", "two\nlines", ""] {
      let line = CSV.field(text.utf8) + Array(",end\r\n".utf8)
      #expect(CSV.rows(line) == [[Array(text.utf8), Array("end".utf8)]])
    }
  }
}
