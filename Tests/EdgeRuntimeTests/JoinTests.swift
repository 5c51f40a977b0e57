import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Operators that put tensors together.
@Suite struct JoinTests {
  @Test func concatenationPlacesInputsOneAfterAnother() throws {
    var random = SplitMix64(seed: 20)
    for round in 0..<60 {
      let rank = 1 + round % 4
      let shape = Positions.randomShape(rank: rank, &random, extents: 1...(round < 8 ? 14 : 4))
      let axis = random.int(in: 0...(rank - 1))
      let extents = (0..<random.int(in: 1...4)).map { _ in random.int(in: 0...3) }
      var output = shape
      output[axis] = extents.reduce(0, +)
      // Element value: 1000 times the input's number, plus the position in that input.
      let inputs = extents.enumerated().map { number, extent in
        var part = shape
        part[axis] = extent
        return TinyModel.Operand(
          (0..<part.reduce(1, *)).map { Int32(100_000 * number + $0) }, part, isConstant: number == 1)
      }
      let expected = Positions.indices(output).map { index in
        var source = index
        var number = 0
        while source[axis] >= extents[number] {
          source[axis] -= extents[number]
          number += 1
        }
        return Int32(100_000 * number + Positions.position(source, in: inputs[number].type.shape.dimensions))
      }
      let named = round % 2 == 0 ? axis : axis - rank
      let model = TinyModel(
        "concatenation", inputs, outputs: [TensorType(.int32, Shape(output))], attributes: [Attribute("axis", named)])
      for threads in 1...3 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func packPlacesInputsAlongANewAxis() throws {
    var random = SplitMix64(seed: 21)
    for round in 0..<60 {
      let rank = round % 5
      let shape = Positions.randomShape(rank: rank, &random, extents: 1...(round < 10 ? 8 : 4))
      let (count, axis) = (random.int(in: 1...4), random.int(in: 0...rank))
      let inputs = (0..<count).map { number in
        TinyModel.Operand((0..<shape.reduce(1, *)).map { Int64(100_000 * number + $0) }, shape)
      }
      let output = Array(shape[..<axis] + [count] + shape[axis...])
      let expected = Positions.indices(output).map { index in
        Int64(100_000 * index[axis] + Positions.position(Array(index[..<axis] + index[(axis + 1)...]), in: shape))
      }
      let model = TinyModel(
        "pack", inputs, outputs: [TensorType(.int64, Shape(output))],
        attributes: [Attribute("axis", round % 2 == 0 ? axis : axis - rank - 1), Attribute("values_count", count)])
      for threads in 1...3 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func int8ScalesMustAgreeUnlessTheTensorsWereUInt8() throws {
    let a = TinyModel.Operand([1, 2, 3] as [Int8], scale: 0.5, zeroPoint: 3)
    let b = TinyModel.Operand([4, 5] as [Int8], scale: 0.25, zeroPoint: 3)
    let output = TensorType(.int8, 5, scale: 0.5, zeroPoint: 3)
    expectRefused("concatenation", [a, b], outputs: [output])
    expectRefused("concatenation", [a, a], outputs: [TensorType(.int8, 6, scale: 0.5, zeroPoint: 4)])
    #expect(
      try TinyModel("concatenation", [a, a], outputs: [TensorType(.int8, 6, scale: 0.5, zeroPoint: 3)])
        .values(as: Int8.self) == [1, 2, 3, 1, 2, 3])
    #expect(throws: Never.self) {
      try TinyModel("concatenation", [a, b], outputs: [output], attributes: [Attribute("uint8_rule", 1)]).run()
    }
  }

  /// Restated in uint8, as the rule is written.
  @Test func uint8RuleRescalesEachInput() throws {
    var random = SplitMix64(seed: 22)
    for _ in 0..<200 {
      func scale() -> Float { Float(random.int(in: 1...4000)) / 4096 }
      let quantizations = (0..<3).map { _ in (scale: scale(), zero: random.int(in: 0...255)) }
      let output = random.int(in: 0...1) == 0 ? quantizations[1] : (scale: scale(), zero: random.int(in: 0...255))
      let codes = (0..<3).map { _ in (0..<2 * 256).map { _ in random.int(in: 0...255) } }
      let inputs = (0..<3).map {
        TinyModel.Operand(
          codes[$0].map { Int8($0 - 128) }, [2, 256], scale: quantizations[$0].scale,
          zeroPoint: Int32(quantizations[$0].zero - 128))
      }
      var expected: [Int8] = []
      for row in 0..<2 {
        for (q, values) in zip(quantizations, codes) {
          for code in values[row * 256..<row * 256 + 256] {
            let factor = q.scale * (1 / output.scale)
            let moved = (Float(code) * factor + -Float(q.zero) * factor).rounded(.toNearestOrAwayFromZero)
            let rescaled = min(255, max(0, Int(moved) + output.zero))
            expected.append(Int8((q == output ? code : rescaled) - 128))
          }
        }
      }
      let model = TinyModel(
        "concatenation", inputs,
        outputs: [TensorType(.int8, 2, 768, scale: output.scale, zeroPoint: Int32(output.zero - 128))],
        attributes: [Attribute("axis", -1), Attribute("uint8_rule", 1)])
      for threads in 1...2 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let (a, b) = (TinyModel.Operand([1, 2] as [Int8]), TinyModel.Operand([1, 2, 3] as [Int8]))
    let wide = TinyModel.Operand([1, 2] as [Int32])
    expectRefused("concatenation", [a, wide], outputs: [TensorType(.int8, 4)])
    expectRefused("concatenation", [a, nil], outputs: [TensorType(.int8, 2)])
    expectRefused("concatenation", [], outputs: [TensorType(.int8, 2)])
    for axis in [1, -2, .max, .min] {
      expectRefused("concatenation", [a, b], outputs: [TensorType(.int8, 5)], [Attribute("axis", axis)])
    }
    for axis in [2, -3, .max, .min] {
      expectRefused("pack", [a, a], outputs: [TensorType(.int8, 2, 2)], [Attribute("axis", axis)])
    }
    expectRefused(
      "concatenation", [a, b], outputs: [TensorType(.int8, 5)], [Attribute("activation", text: "relu")])
    expectRefused("concatenation", [TinyModel.Operand([1] as [Int8], [])], outputs: [TensorType(.int8)])
    expectRefused("pack", [a, b], outputs: [TensorType(.int8, 2, 2)])
    expectRefused("pack", [a, wide], outputs: [TensorType(.int8, 2, 2)])
    expectRefused("pack", [a, a], outputs: [TensorType(.int8, 2, 2)], [Attribute("values_count", 3)])
    let deep = TinyModel.Operand([1] as [Int8], [1, 1, 1, 1, 1, 1, 1, 1])
    expectRefused("pack", [deep], outputs: [TensorType(.int8, 1, 1, 1, 1, 1, 1, 1, 1)])
  }
}
