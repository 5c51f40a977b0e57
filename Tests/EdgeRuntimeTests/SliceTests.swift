import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Operators that take tensors apart.
@Suite struct SliceTests {
  @Test func sliceTakesABlock() {
    var random = SplitMix64(seed: 10)
    for round in 0..<60 {
      let shape = Positions.randomShape(rank: round % 6, &random, extents: 1...(round < 10 ? 7 : 4))
      let begin = shape.map { random.int(in: 0...$0) }
      let size = zip(shape, begin).map { random.int(in: 0...($0 - $1)) }
      let toEnd = shape.indices.map { _ in random.int(in: 0...3) == 0 }
      let declared = shape.indices.map { toEnd[$0] ? -1 : size[$0] }
      let output = shape.indices.map { toEnd[$0] ? shape[$0] - begin[$0] : size[$0] }
      MoveTest(
        name: "slice", shape: shape,
        operands: { [$0, constant(begin, wide: round % 2 == 0), constant(declared, wide: round % 2 == 0)] }
      ).expect(output) { index in zip(index, begin).map { $0 + $1 } }
    }
  }

  @Test func stridedSliceSelectsAsPythonDoes() {
    var random = SplitMix64(seed: 11)
    for round in 0..<200 {
      let shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 0...(round < 10 ? 9 : 5))
      let count = random.int(in: 0...shape.count)
      var (begin, end, steps): ([Int], [Int], [Int]) = ([], [], [])
      var (beginMask, endMask) = (0, 0)
      var selected = shape.map { Array(0..<$0) }
      for axis in 0..<count {
        let extent = shape[axis]
        begin.append(random.int(in: (-extent - 2)...(extent + 2)))
        end.append(random.int(in: (-extent - 2)...(extent + 2)))
        steps.append([1, 2, 3, 100, -1, -2, -7][random.int(in: 0...6)])
        if random.int(in: 0...3) == 0 { beginMask |= 1 << axis }
        if random.int(in: 0...3) == 0 { endMask |= 1 << axis }
        // All elements in the direction of the step, without those before the beginning and after the end.
        let forward = steps[axis] > 0
        let line = forward ? Array(0..<extent) : (0..<extent).reversed()
        let (from, to) = (
          begin[axis] < 0 ? begin[axis] + extent : begin[axis], end[axis] < 0 ? end[axis] + extent : end[axis]
        )
        let inside = line.filter {
          (beginMask & 1 << axis != 0 || (forward ? $0 >= from : $0 <= from))
            && (endMask & 1 << axis != 0 || (forward ? $0 < to : $0 > to))
        }
        selected[axis] = inside.enumerated().filter { $0.offset % abs(steps[axis]) == 0 }.map { $0.element }
      }
      MoveTest(
        name: "strided_slice",
        attributes: [Attribute("begin_mask", beginMask), Attribute("end_mask", endMask)], shape: shape,
        operands: { [$0, constant(begin), constant(end), constant(steps)] }
      ).expect(selected.map { $0.count }) { index in index.indices.map { selected[$0][index[$0]] } }
    }
  }

  @Test func stridedSliceMasksActAsInNumPy() {
    func expect(
      _ output: [Int], begin: [Int], end: [Int], steps: [Int], _ attributes: [Attribute], source: ([Int]) -> [Int]
    ) {
      MoveTest(
        name: "strided_slice", attributes: attributes, shape: [3, 4, 5, 6],
        operands: { [$0, constant(begin), constant(end), constant(steps)] }
      ).expect(output, source)
    }
    // x[1]
    expect([4, 5, 6], begin: [1], end: [2], steps: [1], [Attribute("shrink_axis_mask", 1)]) { [1] + $0 }
    // x[..., -2]
    expect(
      [3, 4, 5], begin: [0, -2], end: [0, 0], steps: [1, 1],
      [Attribute("ellipsis_mask", 1), Attribute("shrink_axis_mask", 2)]
    ) { $0 + [4] }
    // x[2, ..., newaxis, ::-1]
    expect(
      [4, 5, 1, 6], begin: [2, 0, 0, 0], end: [3, 0, 0, 0], steps: [1, 1, 1, -1],
      [
        Attribute("shrink_axis_mask", 1), Attribute("ellipsis_mask", 2), Attribute("new_axis_mask", 4),
        Attribute("begin_mask", 8), Attribute("end_mask", 8),
      ]
    ) { [2, $0[0], $0[1], 5 - $0[3]] }
    // x[newaxis, ..., newaxis]
    expect(
      [1, 3, 4, 5, 6, 1], begin: [0, 0, 0], end: [0, 0, 0], steps: [1, 1, 1],
      [Attribute("ellipsis_mask", 2), Attribute("new_axis_mask", 5)]
    ) { Array($0[1...4]) }
  }

  @Test func splitAndSplitVCutAlongAnAxis() {
    var random = SplitMix64(seed: 12)
    for round in 0..<60 {
      let count = random.int(in: 1...4)
      var shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 1...(round < 8 ? 12 : 4))
      let axis = random.int(in: 0...(shape.count - 1))
      let named = round % 2 == 0 ? axis : axis - shape.count
      func parts(_ sizes: [Int]) -> [(shape: [Int], positions: [Int])] {
        sizes.indices.map { part in
          var output = shape
          output[axis] = sizes[part]
          let first = sizes[..<part].reduce(0, +)
          return (
            output,
            Positions.indices(output).map { index in
              var source = index
              source[axis] += first
              return Positions.position(source, in: shape)
            }
          )
        }
      }
      var sizes = (0..<count).map { _ in random.int(in: 0...3) }
      shape[axis] = sizes.reduce(0, +)
      let expected = parts(sizes)
      if round % 3 == 0 { sizes[random.int(in: 0...(count - 1))] = -1 }
      MoveTest(name: "split_v", shape: shape, operands: { [$0, constant(sizes), constant([named], [])] })
        .expect(expected)
      shape[axis] = count * random.int(in: 0...3)
      MoveTest(
        name: "split", attributes: [Attribute("num_splits", count)], shape: shape,
        operands: { [constant([named], []), $0] }
      ).expect(parts([Int](repeating: shape[axis] / count, count: count)))
    }
  }

  @Test func unpackGivesTheSlicesAlongAnAxis() {
    var random = SplitMix64(seed: 13)
    for round in 0..<40 {
      let shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 1...(round < 8 ? 11 : 4))
      let axis = random.int(in: 0...(shape.count - 1))
      var output = shape
      let count = output.remove(at: axis)
      MoveTest(
        name: "unpack",
        attributes: [Attribute("axis", round % 2 == 0 ? axis : axis - shape.count), Attribute("num", count)],
        shape: shape
      ).expect(
        (0..<count).map { part in
          (
            output,
            Positions.indices(output).map { index in
              Positions.position(Array(index[..<axis] + [part] + index[axis...]), in: shape)
            }
          )
        })
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let x = TinyModel.Operand([Int8](0..<12), [3, 4])
    let out = [TensorType(.int8, 3, 4)]
    for (begin, size) in [
      ([0, -1], [3, 4]), ([0, 5], [3, 0]), ([0, 0], [3, 5]), ([0, 0], [3, -2]), ([0], [3]), ([.max, 0], [.max, 1]),
      ([.min, 0], [.min, 1]),
    ] {
      expectRefused("slice", [x, constant(begin, wide: true), constant(size, wide: true)], outputs: out)
    }
    func slice(_ begin: [Int], _ end: [Int], _ steps: [Int], _ attributes: Attribute...) {
      expectRefused(
        "strided_slice", [x, constant(begin, wide: true), constant(end, wide: true), constant(steps, wide: true)],
        outputs: out, attributes)
    }
    slice([0], [1], [0])
    slice([0], [1, 1], [1])
    slice([0], [1], [1, 1])
    slice([0, 0, 0], [1, 1, 1], [1, 1, 1])
    slice([3], [4], [1], Attribute("shrink_axis_mask", 1))
    slice([-4], [1], [1], Attribute("shrink_axis_mask", 1))
    slice([.min], [1], [1], Attribute("shrink_axis_mask", 1))
    slice([0, 0], [1, 1], [1, 1], Attribute("ellipsis_mask", 3))
    slice(Array(repeating: 0, count: 40), Array(repeating: 0, count: 40), Array(repeating: 1, count: 40))
    let whole = [
      constant([-1, .min], wide: true), constant([.min, -1], wide: true), constant([.min, .max], wide: true),
    ]
    #expect(throws: Never.self) {
      // One element on each axis at most; the steps cannot overflow.
      try TinyModel("strided_slice", [x] + whole, outputs: [TensorType(.int8, 1, 1)]).run()
    }
    expectRefused("split", [constant([0]), x], outputs: [TensorType(.int8, 1, 4), TensorType(.int8, 1, 4)])
    expectRefused("split", [constant([2]), x], outputs: out)
    expectRefused("split", [constant([0]), x], outputs: out, [Attribute("num_splits", 3)])
    expectRefused("split_v", [x, constant([-1, -1]), constant([0])], outputs: out + out)
    expectRefused("split_v", [x, constant([4, -1]), constant([0])], outputs: out + out)
    expectRefused("split_v", [x, constant([1, 1]), constant([0])], outputs: out + out)
    expectRefused("split_v", [x, constant([.max, .max], wide: true), constant([0])], outputs: out + out)
    expectRefused("unpack", [x], outputs: [TensorType(.int8, 4), TensorType(.int8, 4)])
    expectRefused("unpack", [x], outputs: [TensorType(.int8, 4)], [Attribute("axis", 2)])
  }
}
