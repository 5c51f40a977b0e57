import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct ResizeOperatorTests {
  private struct Case {
    let input: [Int]
    let output: [Int]
    let alignsCorners: Bool
    let usesHalfPixels: Bool

    init(_ round: Int, bilinear: Bool, _ random: inout SplitMix64) {
      input = [
        random.int(in: 1...2), random.int(in: 1...9), random.int(in: 1...9), random.int(in: 1...3),
      ]
      output = [input[0], random.int(in: 1...20), random.int(in: 1...20), input[3]]
      (alignsCorners, usesHalfPixels) =
        [(false, false), (true, false), (false, true), (true, true)][
          round % (bilinear ? 3 : 4)]
    }

    var attributes: [Attribute] {
      [Attribute("align_corners", alignsCorners ? 1 : 0), Attribute("half_pixel_centers", usesHalfPixels ? 1 : 0)]
    }

    var size: TinyModel.Operand { constant(Array(output[1...2])) }

    /// Interpolates `codes` by samplings of an axis: neighbours and weights of each.
    func interpolated<W>(
      _ codes: [Int], _ sample: (_ i: Int, _ from: Int, _ to: Int) -> (Int, Int, W),
      _ mix: (_ codes: [Int], _ wy: W, _ wx: W) -> Int
    ) -> [Int8] {
      Positions.indices(output).map { index in
        let (y0, y1, wy) = sample(index[1], input[1], output[1])
        let (x0, x1, wx) = sample(index[2], input[2], output[2])
        let corners = [(y0, x0), (y1, x0), (y0, x1), (y1, x1)].map {
          codes[Positions.position([index[0], $0.0, $0.1, index[3]], in: input)]
        }
        return Int8(mix(corners, wy, wx))
      }
    }

    func scale(_ from: Int, _ to: Int) -> Float {
      alignsCorners && to > 1 ? Float(from - 1) / Float(to - 1) : Float(from) / Float(to)
    }
  }

  @Test func int8BilinearFollowsTheIntegerRule() throws {
    var random = SplitMix64(seed: 50)
    for round in 0..<90 {
      let test = Case(round, bilinear: true, &random)
      let codes = random.codes(test.input.reduce(1, *)).map { Int($0) }
      let expected = test.interpolated(codes) { i, from, to in
        let step =
          test.alignsCorners && to > 1
          ? (1024 * (from - 1) + (to - 1) / 2) / (to - 1) : (1024 * from + to / 2) / to
        let position = i * step + (test.usesHalfPixels ? step / 2 - 512 : 0)
        let first = max(0, position / 1024)
        return (first, min(from - 1, (position + 1023) / 1024), position - 1024 * first)
      } _: { codes, wy, wx in
        let sum =
          codes[0] * (1024 - wy) * (1024 - wx) + codes[1] * wy * (1024 - wx) + codes[2] * (1024 - wy) * wx
          + codes[3] * wy * wx
        return Int((Double(sum) / 1_048_576).rounded(.toNearestOrAwayFromZero))
      }
      let x = TinyModel.Operand(codes.map { Int8($0) }, test.input, scale: 0.1, zeroPoint: 3)
      let model = TinyModel(
        "resize_bilinear", [x, test.size], outputs: [TensorType(.int8, Shape(test.output))],
        attributes: test.attributes)
      for threads in 1...3 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func uint8RuleInterpolatesInFloat() throws {
    var random = SplitMix64(seed: 51)
    for round in 0..<90 {
      let test = Case(round, bilinear: true, &random)
      let codes = random.codes(test.input.reduce(1, *)).map { Int($0) + 128 }
      let expected = test.interpolated(codes) { i, from, to in
        let step = test.scale(from, to)
        let position = test.usesHalfPixels ? (Float(i) + 0.5) * step - 0.5 : Float(i) * step
        let first = max(0, Int(position.rounded(.down)))
        return (first, min(from - 1, Int(position.rounded(.up))), position - Float(first))
      } _: { codes, wy, wx in
        let terms: [Float] = [
          Float(codes[0]) * (1 - wy) * (1 - wx), Float(codes[1]) * wy * (1 - wx), Float(codes[2]) * (1 - wy) * wx,
          Float(codes[3]) * wy * wx,
        ]
        return Int(terms[0] + terms[1] + terms[2] + terms[3] + 0.5) - 128
      }
      let x = TinyModel.Operand(codes.map { Int8($0 - 128) }, test.input, scale: 0.1, zeroPoint: 3)
      let model = TinyModel(
        "resize_bilinear", [x, test.size], outputs: [TensorType(.int8, Shape(test.output))],
        attributes: test.attributes + [Attribute("uint8_rule", 1)])
      for threads in 1...3 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func floatBilinearReproducesPlanes() throws {
    // Interpolation is exact on a plane, away from the border that half pixels and the plain rule repeat.
    var random = SplitMix64(seed: 52)
    for round in 0..<60 {
      let test = Case(round, bilinear: true, &random)
      func plane(_ y: Float, _ x: Float, _ c: Int) -> Float { 3 * y - 2 * x + Float(c) }
      let x = TinyModel.Operand(
        Positions.indices(test.input).map { plane(Float($0[1]), Float($0[2]), $0[3]) }, test.input)
      func coordinate(_ i: Int, _ axis: Int) -> Float {
        let step = test.scale(test.input[axis], test.output[axis])
        let position = test.usesHalfPixels ? (Float(i) + 0.5) * step - 0.5 : Float(i) * step
        return min(max(position, 0), Float(test.input[axis] - 1))
      }
      let got = try TinyModel(
        "resize_bilinear", [x, test.size], outputs: [TensorType(.float32, Shape(test.output))],
        attributes: test.attributes
      ).values(threads: 2, as: Float.self)
      for (index, value) in zip(Positions.indices(test.output), got) {
        #expect(abs(value - plane(coordinate(index[1], 1), coordinate(index[2], 2), index[3])) < 1e-4)
      }
    }
  }

  @Test func nearestCopiesPixels() {
    var random = SplitMix64(seed: 53)
    for round in 0..<80 {
      let test = Case(round, bilinear: false, &random)
      func source(_ i: Int, _ axis: Int) -> Int {
        let position = (Float(i) + (test.usesHalfPixels ? 0.5 : 0)) * test.scale(test.input[axis], test.output[axis])
        let rule: FloatingPointRoundingRule = test.alignsCorners ? .toNearestOrAwayFromZero : .down
        return min(test.input[axis] - 1, Int(position.rounded(rule)))
      }
      MoveTest(
        name: "resize_nearest_neighbor", attributes: test.attributes, shape: test.input,
        operands: { [$0, test.size] }
      ).expect(test.output) { [$0[0], source($0[1], 1), source($0[2], 2), $0[3]] }
    }
  }

  @Test func roundingOfTheScaleNeverLeadsOutsideThePicture() throws {
    // 3 / 65535 in 1/1024 rounds to 0, 3 / 4000 rounds up: the last coordinate would lie behind the picture.
    for (from, to) in [(3, 4000), (1, 2047), (3, 60000), (2000, 2999), (5, 3)] {
      let x = TinyModel.Operand([Int8](repeating: 77, count: from), [1, from, 1, 1])
      for attributes in [[], [Attribute("half_pixel_centers", 1)], [Attribute("align_corners", 1)]] {
        for name in ["resize_bilinear", "resize_nearest_neighbor"] {
          for rule in 0...1 {
            let got = try TinyModel(
              name, [x, constant([to, 1])], outputs: [TensorType(.int8, 1, to, 1, 1)],
              attributes: attributes + [Attribute("uint8_rule", rule)]
            ).values(as: Int8.self)
            #expect(got.allSatisfy { $0 == 77 })
          }
        }
      }
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let x = TinyModel.Operand([1, 2] as [Int8], [1, 1, 2, 1])
    let out = [TensorType(.int8, 1, 2, 2, 1)]
    for name in ["resize_bilinear", "resize_nearest_neighbor"] {
      for size in [[0, 2], [2, -1], [2], [2, 2, 2], [.max, .max], [.min, 1]] {
        expectRefused(name, [x, constant(size, wide: true)], outputs: out)
      }
      expectRefused(name, [TinyModel.Operand([1, 2] as [Int8], [1, 2, 1]), constant([2, 2])], outputs: out)
      expectRefused(name, [TinyModel.Operand([] as [Int8], [1, 0, 2, 1]), constant([2, 2])], outputs: out)
      expectRefused(name, [x, TinyModel.Operand([2, 2] as [Int32])], outputs: out)
    }
    expectRefused(
      "resize_bilinear", [x, constant([2, 2])], outputs: out,
      [Attribute("align_corners", 1), Attribute("half_pixel_centers", 1)])
  }
}
