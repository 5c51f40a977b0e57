import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct GatherTests {
  /// Indices as an operand, constant or not, in either width.
  private func operand(_ values: [Int], _ shape: [Int], _ form: Int) -> TinyModel.Operand {
    form & 1 == 0
      ? TinyModel.Operand(values.map { Int32($0) }, shape, isConstant: form & 2 == 0)
      : TinyModel.Operand(values.map { Int64($0) }, shape, isConstant: form & 2 == 0)
  }

  @Test func gatherPicksSlices() {
    var random = SplitMix64(seed: 30)
    for round in 0..<120 {
      let shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 1...(round < 8 ? 9 : 4))
      let axis = random.int(in: 0...(shape.count - 1))
      let batch = random.int(in: 0...axis)
      let own = Positions.randomShape(rank: random.int(in: 0...2), &random, extents: 1...(round < 8 ? 12 : 4))
      let indexShape = shape[..<batch] + own
      let indices = (0..<indexShape.reduce(1, *)).map { _ in random.int(in: 0...(shape[axis] - 1)) }
      MoveTest(
        name: "gather",
        attributes: [
          Attribute("axis", round % 2 == 0 ? axis : axis - shape.count),
          Attribute("batch_dims", round % 3 == 0 || own.isEmpty ? batch : batch - indexShape.count),
        ], shape: shape, operands: { [$0, operand(indices, Array(indexShape), round)] }
      ).expect(Array(shape[..<axis] + own + shape[(axis + 1)...])) { index in
        let position = Array(index[..<batch] + index[axis..<axis + own.count])
        let chosen = indices[Positions.position(position, in: Array(indexShape))]
        return Array(index[..<axis] + [chosen] + index[(axis + own.count)...])
      }
    }
  }

  @Test func gatherNDPicksSlicesByCoordinates() {
    var random = SplitMix64(seed: 31)
    for round in 0..<120 {
      let shape = Positions.randomShape(rank: round % 5, &random, extents: 1...(round < 8 ? 9 : 4))
      let depth = random.int(in: 0...shape.count)
      let outer = Positions.randomShape(rank: random.int(in: 0...2), &random, extents: 1...(round < 8 ? 12 : 4))
      let coordinates = Positions.indices(outer).map { _ in shape[..<depth].map { random.int(in: 0...($0 - 1)) } }
      MoveTest(
        name: "gather_nd", shape: shape,
        operands: { [$0, operand(coordinates.flatMap { $0 }, outer + [depth], round)] }
      ).expect(outer + shape[depth...]) { index in
        coordinates[Positions.position(Array(index[..<outer.count]), in: outer)] + index[outer.count...]
      }
    }
  }

  @Test(arguments: [-1, 3, Int.min, Int.max, 1 << 32]) func indicesOutOfRangeAreReported(bad: Int) throws {
    let x = TinyModel.Operand([1, 2, 3, 4, 5, 6] as [Int8], [3, 2])
    for form in [1, 3] {
      for threads in 1...3 {
        let gather = TinyModel("gather", [x, operand([0, bad, 2], [3], form)], outputs: [TensorType(.int8, 3, 2)])
        let gatherND = TinyModel(
          "gather_nd", [x, operand([0, 1, bad, 0], [2, 2], form)], outputs: [TensorType(.int8, 2)])
        for model in [gather, gatherND] {
          do throws(TinyModel.Failure) {
            _ = try model.run(threads: threads)
            Issue.record("index \(bad) was accepted")
          } catch {
            guard case .invoke(let reason) = error else {
              Issue.record("failed elsewhere: \(error)")
              continue
            }
            #expect(reason == .indexOutOfRange(index: bad, limit: 3))
          }
        }
      }
    }
  }

  @Test func emptyParamsHaveNoValidIndex() {
    let x = TinyModel.Operand([] as [Int8], [0, 2])
    #expect(throws: TinyModel.Failure.self) {
      try TinyModel("gather", [x, operand([0], [1], 2)], outputs: [TensorType(.int8, 1, 2)]).run()
    }
    #expect(throws: Never.self) {
      try TinyModel("gather", [x, operand([], [0], 2)], outputs: [TensorType(.int8, 0, 2)]).run()
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let x = TinyModel.Operand([1, 2, 3, 4, 5, 6] as [Int8], [3, 2])
    let out = [TensorType(.int8, 1, 2)]
    let indices = operand([0], [1], 2)
    expectRefused("gather", [x, TinyModel.Operand([0] as [Int8])], outputs: out)
    for axis in [2, -3, .max, .min] { expectRefused("gather", [x, indices], outputs: out, [Attribute("axis", axis)]) }
    for batch in [1, -2, .max, .min] {
      expectRefused("gather", [x, indices], outputs: out, [Attribute("batch_dims", batch)])
    }
    // The shared axis differs: 3 in params, 1 in indices.
    expectRefused(
      "gather", [x, indices], outputs: [TensorType(.int8, 3)], [Attribute("axis", 1), Attribute("batch_dims", 1)])
    expectRefused("gather", [TinyModel.Operand([1] as [Int8], []), indices], outputs: [TensorType(.int8, 1)])
    expectRefused("gather_nd", [x, operand([0, 0, 0], [3], 2)], outputs: [TensorType(.int8)])
    expectRefused("gather_nd", [x, operand([0], [], 2)], outputs: [TensorType(.int8, 2)])
  }
}
