import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Operators that reorder or add elements.
@Suite struct MoveTests {
  @Test func transposePermutesTheAxes() {
    var random = SplitMix64(seed: 1)
    for round in 0..<60 {
      let shape = Positions.randomShape(rank: round % 6, &random, extents: round < 6 ? 6...7 : 1...5)
      let permutation = Array(shape.indices).shuffled(using: &random)
      let named = permutation.map { round % 2 == 0 ? $0 : $0 - shape.count }
      MoveTest(name: "transpose", shape: shape, operands: { [$0, constant(named, wide: round % 3 == 0)] })
        .expect(permutation.map { shape[$0] }) { index in
          var source = index
          for (axis, origin) in permutation.enumerated() { source[origin] = index[axis] }
          return source
        }
    }
  }

  @Test func squeezeAndExpandDimsKeepTheElements() {
    func expectSame(_ name: String, _ shape: [Int], to output: [Int], _ attributes: [Attribute] = [], axis: Int? = nil)
    {
      MoveTest(
        name: name, attributes: attributes, shape: shape,
        operands: { x in [x] + (axis.map { [constant([$0], [])] } ?? []) }
      ).expect([(output, Array(0..<shape.reduce(1, *)))])
    }
    expectSame("squeeze", [1, 3, 1, 2, 1], to: [3, 2])
    expectSame("squeeze", [1, 1], to: [])
    expectSame("squeeze", [1, 3, 1, 2, 1], to: [3, 1, 2, 1], [Attribute("squeeze_dims", 0)])
    expectSame("squeeze", [1, 3, 1, 2, 1], to: [3, 1, 2], [Attribute("squeeze_dims", -1, 0)])
    for axis in -4...3 {
      let position = axis < 0 ? axis + 4 : axis
      expectSame(
        "expand_dims", [3, 1, 5], to: Array([3, 1, 5][..<position] + [1] + [3, 1, 5][position...]), axis: axis)
    }
    expectSame("expand_dims", [], to: [1], axis: 0)
  }

  @Test func padSurroundsTheInput() {
    var random = SplitMix64(seed: 2)
    for round in 0..<60 {
      let shape = Positions.randomShape(rank: 1 + round % 5, &random, extents: 0...(round < 8 ? 9 : 4))
      let paddings = shape.map { _ in [random.int(in: 0...2), random.int(in: 0...3)] }
      let output = zip(shape, paddings).map { $0 + $1[0] + $1[1] }
      let source: ([Int]) -> [Int]? = { index in
        let origin = zip(index, paddings).map { $0 - $1[0] }
        return zip(origin, shape).allSatisfy { (0..<$1).contains($0) } ? origin : nil
      }
      let operand = constant(paddings.flatMap { $0 }, [shape.count, 2], wide: round % 2 == 0)
      MoveTest(name: "pad", shape: shape, operands: { [$0, operand] }).expect(output, source)
      MoveTest(
        name: "padv2", shape: shape,
        operands: { x in
          let zero = [UInt8](repeating: 0, count: x.type.dataType.byteCount)
          return [x, operand, TinyModel.Operand(TensorType(x.type.dataType, Shape([])), bytes: zero, isConstant: true)]
        }
      ).expect(output, source)
    }
  }

  @Test func padFillsWithTheZeroPointOrTheGivenCode() throws {
    let x = TinyModel.Operand([1, 2] as [Int8], scale: 0.5, zeroPoint: 7)
    let padded = TensorType(.int8, 5, scale: 0.25, zeroPoint: -9)
    #expect(
      try TinyModel("pad", [x, constant([2, 1], [1, 2])], outputs: [padded]).values(as: Int8.self) == [
        -9, -9, 1, 2, -9,
      ]
    )
    let value = TinyModel.Operand([44] as [Int8], scale: 0.25, zeroPoint: -9)
    #expect(
      try TinyModel("padv2", [x, constant([2, 1], [1, 2]), value], outputs: [padded]).values(as: Int8.self)
        == [44, 44, 1, 2, 44])
    let other = TinyModel.Operand([44] as [Int8], scale: 0.5, zeroPoint: -9)
    expectRefused("padv2", [x, constant([2, 1], [1, 2]), other], outputs: [padded])
  }

  @Test func mirrorPadReflectsAtTheBorder() {
    var random = SplitMix64(seed: 3)
    for round in 0..<60 {
      let reflects = round % 2 == 0
      let shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 1...(round < 8 ? 9 : 4))
      let most = shape.map { reflects ? $0 - 1 : $0 }
      let paddings = most.map { [random.int(in: 0...$0), random.int(in: 0...$0)] }
      MoveTest(
        name: "mirror_pad", attributes: [Attribute("mode", text: reflects ? "reflect" : "symmetric")], shape: shape,
        operands: { [$0, constant(paddings.flatMap { $0 }, [shape.count, 2])] }
      ).expect(zip(shape, paddings).map { $0 + $1[0] + $1[1] }) { index in
        index.indices.map { axis in
          let i = index[axis] - paddings[axis][0]
          if i < 0 { return reflects ? -i : -i - 1 }
          return i < shape[axis] ? i : 2 * (shape[axis] - 1) - i + (reflects ? 0 : 1)
        }
      }
    }
  }

  @Test func broadcastToRepeatsAxesOfExtentOne() {
    var random = SplitMix64(seed: 4)
    for round in 0..<60 {
      let output = Positions.randomShape(rank: round % 6, &random, extents: 0...(round < 10 ? 7 : 4))
      let rank = random.int(in: 0...output.count)
      let shape = output.suffix(rank).map { random.int(in: 0...1) == 0 ? 1 : $0 }
      MoveTest(name: "broadcast_to", shape: shape, operands: { [$0, constant(output, wide: round % 2 == 0)] })
        .expect(output) { index in zip(index.suffix(rank), shape).map { $1 == 1 ? 0 : $0 } }
    }
  }

  @Test func spaceToDepthAndDepthToSpaceAreInverse() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<40 {
      let (n, h, w, c) = (
        random.int(in: 1...2), random.int(in: 1...4), random.int(in: 1...4), random.int(in: 1...5)
      )
      let block = random.int(in: 1...4)
      let (spread, stacked) = ([n, h * block, w * block, c], [n, h, w, block * block * c])
      MoveTest(name: "space_to_depth", attributes: [Attribute("block_size", block)], shape: spread).expect(stacked) {
        [$0[0], $0[1] * block + $0[3] / c / block, $0[2] * block + $0[3] / c % block, $0[3] % c]
      }
      MoveTest(name: "depth_to_space", attributes: [Attribute("block_size", block)], shape: stacked).expect(spread) {
        [$0[0], $0[1] / block, $0[2] / block, ($0[1] % block * block + $0[2] % block) * c + $0[3]]
      }
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let x = TinyModel.Operand([0, 1, 2, 3, 4, 5] as [Int8], [2, 3])
    let out = [TensorType(.int8, 2, 3)]
    for permutation in [[0, 0], [0], [0, 2], [0, -3], [Int(Int32.min), 1], [1, 0, 2]] {
      expectRefused("transpose", [x, constant(permutation)], outputs: out)
    }
    expectRefused("transpose", [x, TinyModel.Operand([1, 0] as [Int32])], outputs: [TensorType(.int8, 3, 2)])
    expectRefused("squeeze", [x], outputs: out, [Attribute("squeeze_dims", 0)])
    expectRefused("squeeze", [x], outputs: out, [Attribute("squeeze_dims", 9)])
    for axis in [3, -4, Int(Int32.max), Int(Int32.min)] {
      expectRefused("expand_dims", [x, constant([axis])], outputs: [TensorType(.int8, 1, 2, 3)])
    }
    for paddings in [[0, 0, 0, -1], [.max, .max, 0, 0], [0, 0, Int.min, 0]] {
      expectRefused("pad", [x, constant(paddings, [2, 2], wide: true)], outputs: out)
      expectRefused(
        "mirror_pad", [x, constant(paddings, [2, 2], wide: true)], outputs: out, [Attribute("mode", text: "reflect")])
    }
    expectRefused("pad", [x, constant([0, 0], [1, 2])], outputs: out)
    expectRefused(
      "mirror_pad", [x, constant([2, 0, 0, 0], [2, 2])], outputs: [TensorType(.int8, 4, 3)],
      [Attribute("mode", text: "reflect")])
    expectRefused("mirror_pad", [x, constant([0, 0, 0, 0], [2, 2])], outputs: out, [Attribute("mode", text: "wrap")])
    expectRefused("broadcast_to", [x, constant([3])], outputs: [TensorType(.int8, 3)])
    expectRefused("broadcast_to", [x, constant([4, 3])], outputs: [TensorType(.int8, 4, 3)])
    expectRefused("broadcast_to", [x, constant([.max, 2, 3], wide: true)], outputs: out)
    let image = TinyModel.Operand([Int8](repeating: 0, count: 24), [1, 2, 3, 4])
    for block in [0, -1, 2, 3, 46341, .max] {
      expectRefused(
        "space_to_depth", [image], outputs: [TensorType(.int8, 1, 1, 1, 24)], [Attribute("block_size", block)])
    }
    expectRefused("depth_to_space", [image], outputs: [TensorType(.int8, 1, 2, 3, 4)], [Attribute("block_size", 4)])
  }
}
