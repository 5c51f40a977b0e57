import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// References may point at one place, so a small file can describe a huge structure. Reading one must neither take the time nor
/// the memory that copying the structure would.
@Suite("FlatBuffers: many references to one place")
struct SharingTests {
  /// A model of `count` operators, all of them one table with `attributeCount` attributes, all of them one table. Names of operators
  /// and keys of attributes are one string each.
  private func bomb(count: Int, attributeCount: Int, keyByteCount: Int = 1, nameByteCount: Int = 3) -> [UInt8] {
    var builder = FlatBufferBuilder()
    let key = builder.string(String(repeating: "k", count: keyByteCount))
    let attribute = builder.table([.reference(key)])
    let attributes = builder.vector([FlatBufferBuilder.Position](repeating: attribute, count: attributeCount))
    let name = builder.string(String(repeating: "n", count: nameByteCount))
    let empty = builder.vector([Int32]())
    let step = builder.table([
      .reference(name), .reference(name), .reference(empty), .reference(empty), .reference(attributes),
    ])
    let steps = builder.vector([FlatBufferBuilder.Position](repeating: step, count: count))
    let tensors = builder.vector([builder.table([.reference(name), .byte(1), .reference(empty)])])
    let root = builder.table([.short(1), .absent, .reference(tensors), .reference(steps)])
    return builder.finish(root: root, identifier: "EDGE")
  }

  @Test("A little sharing is fine")
  func fewReferences() throws {
    let model = try load(bomb(count: 10, attributeCount: 10))
    #expect(model.operators.count == 10)
    #expect(model.attributes(9).entries.count == 10)
  }

  @Test(
    "Multiplied references are refused before they are followed",
    arguments: [(60_000, 1, 1, 100_000), (1, 60_000, 100_000, 1), (20_000, 2000, 1, 3), (60_000, 1, 100_000, 3)])
  func bombs(_ count: Int, _ attributeCount: Int, _ keyByteCount: Int, _ nameByteCount: Int) {
    let bytes = bomb(
      count: count, attributeCount: attributeCount, keyByteCount: keyByteCount, nameByteCount: nameByteCount)
    #expect(bytes.count < 1_000_000)
    let clock = ContinuousClock()
    let time = clock.measure { #expect(refusal(bytes) == .malformed(.tooMuchSharing)) }
    #expect(time < .seconds(5))  // 6 GB of strings, or 40 million attributes, would take far longer
  }

  @Test("Operators with the same attributes store them once")
  func equalLists() throws {
    var contents = ModelContents()
    let attributes = Attributes([Attribute("a_long_key", ints: [7]), Attribute("another", floats: [0.5], text: "t")])
    var different = attributes
    different.set(Attribute("another", floats: [0.25], text: "t"))
    contents.tensors = [ModelContents.Tensor(name: "x", dataType: .int8, shape: try #require(Shape(checking: [1])))]
    contents.inputs = [0]
    contents.operators = [attributes, different, attributes].map {
      ModelContents.Operator(name: "add", node: "", inputs: [0], outputs: [], attributes: $0)
    }
    let bytes = contents.encoded()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.split(separator: "a_long_key").count == 2, "a key is stored once")
    let model = try load(bytes)
    #expect((0..<3).map { model.attributes($0).float("another") } == [0.5, 0.25, 0.5])
    #expect((0..<3).map { model.attributes($0).int("a_long_key") } == [7, 7, 7])
  }

  @Test("What is equal has one place, and differing bits of equal numbers have two")
  func equalParts() {
    var builder = FlatBufferBuilder()
    #expect(builder.string("a") == builder.string("a"))
    #expect(builder.string("a") != builder.string("b"))
    #expect(builder.vector([1, 2] as [Int32]) == builder.vector([1, 2] as [UInt32]))
    #expect(
      builder.vector([7] as [Int32]) != builder.vector([7, 0] as [UInt16]), "one element or two in the same bytes")
    #expect(builder.vector([0] as [Float]) != builder.vector([-0.0] as [Float]))
    #expect(
      builder.vector([1, 2] as [Int32]) != builder.vector([1 | 2 << 32] as [UInt64]), "8 bytes want another alignment")
    let (one, other) = (builder.table([.int(1), .absent]), builder.table([.int(1), .absent]))
    #expect(one == other)
    #expect(builder.table([.float(0)]) != builder.table([.float(-0.0)]))
    #expect(builder.vector([one, other]) == builder.vector([one, one]))
    #expect(builder.bytes([1, 2, 3]) != builder.bytes([1, 2, 3]))
  }

  @Test("Zero points that are all 0 are not stored, and are 0")
  func zeroPoints() throws {
    func file(_ zeroPoints: [Int32]) throws -> [UInt8] {
      var contents = ModelContents()
      contents.tensors = [
        ModelContents.Tensor(
          name: "x", dataType: .int8, shape: try #require(Shape(checking: [1])), scales: [0.5], zeroPoints: zeroPoints)
      ]
      contents.inputs = [0]
      return contents.encoded()
    }
    #expect(try file([0]) == file([]))
    #expect(try file([1]).count > file([0]).count)
    #expect(try load(file([0])).tensors[0].type.quantization == QuantParams(scale: 0.5, zeroPoint: 0))
  }

  @Test("One array shared by all tensors is refused")
  func sharedArray() {
    var builder = FlatBufferBuilder()
    let name = builder.string("")
    let scales = builder.vector([Float](repeating: 1, count: 50_000))
    let tensor = builder.table([
      .reference(name), .byte(1), .reference(builder.vector([Int32(50_000)])), .absent, .reference(scales),
    ])
    let tensors = builder.vector([FlatBufferBuilder.Position](repeating: tensor, count: 50_000))
    let root = builder.table([.short(1), .absent, .reference(tensors)])
    #expect(refusal(builder.finish(root: root, identifier: "EDGE")) == .malformed(.tooMuchSharing))
  }
}
