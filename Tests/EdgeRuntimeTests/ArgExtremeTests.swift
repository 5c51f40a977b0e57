import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct ArgExtremeTests {
  @Test func theFirstOfEqualsWinsAlongEveryAxis() throws {
    var random = SplitMix64(seed: 40)
    for round in 0..<80 {
      let shape = Positions.randomShape(rank: 1 + round % 4, &random, extents: 1...(round < 8 ? 8 : 4))
      let axis = random.int(in: 0...(shape.count - 1))
      let values = (0..<shape.reduce(1, *)).map { _ in random.int(in: -3...3) }
      var output = shape
      output.remove(at: axis)
      for name in ["arg_max", "arg_min"] {
        let expected = Positions.indices(output).map { index in
          let line = (0..<shape[axis]).map { i in
            values[Positions.position(Array(index[..<axis] + [i] + index[axis...]), in: shape)]
          }
          return line.firstIndex(of: name == "arg_max" ? line.max()! : line.min()!)!
        }
        for operand in [
          TinyModel.Operand(values.map { Int8($0) }, shape, scale: 0.5, zeroPoint: 100),
          TinyModel.Operand(values.map { Float($0) }, shape), TinyModel.Operand(values.map { Int32($0) }, shape),
        ] {
          let inputs = [operand, constant([round % 2 == 0 ? axis : axis - shape.count], [])]
          for threads in 1...2 {
            #expect(
              try TinyModel(name, inputs, outputs: [TensorType(.int32, Shape(output))]).values(threads: threads)
                == expected.map { Int32($0) })
            #expect(
              try TinyModel(name, inputs, outputs: [TensorType(.int64, Shape(output))]).values(threads: threads)
                == expected.map { Int64($0) })
          }
        }
      }
    }
  }

  @Test func impossibleOperandsAreRefused() {
    let x = TinyModel.Operand([1, 2] as [Int8])
    expectRefused("arg_max", [x, constant([0])], outputs: [TensorType(.int8)])
    expectRefused("arg_max", [x, constant([1])], outputs: [TensorType(.int32)])
    expectRefused("arg_max", [x, constant([0, 0])], outputs: [TensorType(.int32)])
    expectRefused("arg_min", [x, constant([.min], wide: true)], outputs: [TensorType(.int32)])
    expectRefused("arg_min", [x, TinyModel.Operand([0] as [Int32])], outputs: [TensorType(.int32)])
    expectRefused("arg_max", [TinyModel.Operand([] as [Int8]), constant([0])], outputs: [TensorType(.int32)])
    expectRefused("arg_max", [TinyModel.Operand([1] as [Int64]), constant([0])], outputs: [TensorType(.int32)])
  }
}
