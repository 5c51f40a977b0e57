import EdgeModel
import Testing
import _EdgeTestSupport

/// References may point at one place, so a small file can describe a huge structure. Reading one must neither take the time nor
/// the memory that copying the structure would.
@Suite("FlatBuffers: many references to one place")
struct SharingTests {
  /// A model of `count` operators, all of them one table with `attributeCount` attributes, all of them one table.
  private func bomb(count: Int, attributeCount: Int, keyByteCount: Int = 1) -> [UInt8] {
    var builder = FlatBufferBuilder()
    let key = builder.string(String(repeating: "k", count: keyByteCount))
    let attribute = builder.table([.reference(key)])
    let attributes = builder.vector([FlatBufferBuilder.Position](repeating: attribute, count: attributeCount))
    let name = builder.string("add")
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
    #expect(model.operators[9].attributes.entries.count == 10)
  }

  @Test(
    "Multiplied references are refused before they are followed",
    arguments: [(60_000, 60_000, 1), (60_000, 1, 100_000), (1, 60_000, 100_000)])
  func bombs(_ count: Int, _ attributeCount: Int, _ keyByteCount: Int) {
    let bytes = bomb(count: count, attributeCount: attributeCount, keyByteCount: keyByteCount)
    #expect(bytes.count < 1_000_000)
    let clock = ContinuousClock()
    let time = clock.measure { #expect(refusal(bytes) == .malformed(.tooMuchSharing)) }
    #expect(time < .seconds(5))  // 3.6 billion attributes, or 6 GB of keys, would take far longer
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
