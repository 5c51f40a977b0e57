import EdgeTensor
import Testing

@Suite("Shape")
struct ShapeTests {
  @Test("A scalar has one element")
  func scalar() {
    let shape = Shape([])
    #expect(shape.elementCount == 1)
    #expect(shape.strides == [])
    #expect(shape.description == "scalar")
  }

  @Test("Strides are row-major")
  func strides() {
    #expect(Shape([2, 3, 5, 7]).strides == [105, 35, 7, 1])
    #expect(Shape([2, 3, 5, 7]).description == "2x3x5x7")
  }

  @Test("An extent of 0 leaves no elements")
  func empty() {
    #expect(Shape([4, 0, 3]).elementCount == 0)
    #expect(Shape([4, 0, 3]).strides == [3, 3, 1])
  }

  @Test(
    "What cannot exist is refused",
    arguments: [
      [-1], [3, -2], [1, 1, 1, 1, 1, 1, 1, 1, 1], [1 << 31], [1 << 16, 1 << 15], [Int.max, Int.max],
      [Int.max, 0], [1 << 31, 0], [0, Int.min],
    ])
  func impossible(_ dimensions: [Int]) {
    #expect(Shape(checking: dimensions) == nil)
  }

  @Test("The largest possible shapes are accepted")
  func largest() {
    #expect(Shape(checking: [Int(Int32.max)])?.elementCount == Shape.maximumElementCount)
    #expect(Shape(checking: [0, Int(Int32.max)])?.elementCount == 0)
    #expect(Shape(checking: [Int](repeating: 1, count: Shape.maximumRank))?.elementCount == 1)
  }
}
