import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct ReductionTests {
  private static let cases: [(shape: [Int], axes: [Int])] = [
    ([2, 3, 4, 5], [1, 2]), ([2, 3, 4, 5], [-1]), ([2, 3, 4, 5], [0]), ([2, 3, 4, 5], [3, 0]),
    ([2, 3, 4, 5], [2, 2, -2]),
    ([2, 3, 4, 5], [0, 1, 2, 3]), ([2, 3, 4, 5], []), ([7], [0]), ([], []), ([], [0]), ([3, 1, 2, 2, 3], [1, 3]),
    ([1, 40, 40, 2], [1, 2]),
  ]

  /// For each result the positions of the elements that go into it, and the output's shape.
  private func groups(_ shape: [Int], _ axes: [Int], keeps: Bool) -> (groups: [[Int]], shape: [Int]) {
    let isReduced = shape.indices.map { axis in axes.contains(axis) || axes.contains(axis - shape.count) }
    let kept = shape.indices.map { isReduced[$0] ? 1 : shape[$0] }
    var groups = [[Int]](repeating: [], count: kept.reduce(1, *))
    for index in Positions.indices(shape) {
      let target = index.indices.map { isReduced[$0] ? 0 : index[$0] }
      groups[Positions.position(target, in: kept)].append(Positions.position(index, in: shape))
    }
    return (groups, keeps ? kept : shape.indices.filter { !isReduced[$0] }.map { shape[$0] })
  }

  private func run<T: TensorElement>(
    _ name: String, _ x: TinyModel.Operand, _ axes: [Int], _ shape: [Int], _ y: QuantParams? = nil, keeps: Bool = false,
    _ more: [Attribute] = [], as type: T.Type = T.self
  ) throws -> [T] {
    let model = TinyModel(
      name, [x, constant(axes)], outputs: [TensorType(T.dataType, Shape(shape), quantization: y)],
      attributes: [Attribute("keep_dims", keeps ? 1 : 0)] + more)
    let values = try model.values(as: T.self)
    let threaded = try model.run(threads: 3)
    #expect(threaded == (try model.run()))
    return values
  }

  @Test(arguments: cases.indices, [false, true]) func `all types reduce the right elements`(index: Int, keeps: Bool)
    throws
  {
    let (shape, axes) = Self.cases[index]
    let (groups, output) = groups(shape, axes, keeps: keeps)
    var random = SplitMix64(seed: 81)
    let codes = random.codes(shape.reduce(1, *))
    let (ints, floats) = (codes.map { Int32($0) * 1000 }, codes.map { Float($0) / 7 })
    let wide = codes.map { Int64($0) << 40 }
    let (i, f, w) = (TinyModel.Operand(ints, shape), TinyModel.Operand(floats, shape), TinyModel.Operand(wide, shape))
    let q = QuantParams(scale: 0.1, zeroPoint: 7)
    let x = TinyModel.Operand(codes, shape, q)
    #expect(try run("reduce_max", x, axes, output, q, keeps: keeps) == groups.map { $0.map { codes[$0] }.max()! })
    #expect(try run("reduce_min", x, axes, output, q, keeps: keeps) == groups.map { $0.map { codes[$0] }.min()! })
    #expect(try run("reduce_max", i, axes, output, keeps: keeps) == groups.map { $0.map { ints[$0] }.max()! })
    #expect(try run("reduce_min", w, axes, output, keeps: keeps) == groups.map { $0.map { wide[$0] }.min()! })
    #expect(try run("reduce_max", f, axes, output, keeps: keeps) == groups.map { $0.map { floats[$0] }.max()! })
    #expect(try run("sum", i, axes, output, keeps: keeps) == groups.map { $0.reduce(0) { $0 + ints[$1] } })
    #expect(try run("sum", w, axes, output, keeps: keeps) == groups.map { $0.reduce(0) { $0 + wide[$1] } })
    let means = groups.map { $0.reduce(0) { $0 + Int64(ints[$1]) } / Int64($0.count) }
    #expect(try run("mean", i, axes, output, keeps: keeps) == means.map { Int32($0) })
    #expect(
      try run("mean", w, axes, output, keeps: keeps) == groups.map { $0.reduce(0) { $0 + wide[$1] } / Int64($0.count) })
    for (got, group) in zip(try run("mean", f, axes, output, keeps: keeps, as: Float.self), groups) {
      #expect(abs(Double(got) - group.reduce(0) { $0 + Double(floats[$1]) } / Double(group.count)) < 2e-6)
    }
    for (got, group) in zip(try run("sum", f, axes, output, keeps: keeps, as: Float.self), groups) {
      #expect(abs(Double(got) - group.reduce(0) { $0 + Double(floats[$1]) }) < 2e-6 * 20 * Double(group.count))
    }
  }

  @Test(arguments: cases.indices) func `int8 means and sums are the real ones to nearest`(index: Int) throws {
    let (shape, axes) = Self.cases[index]
    let (groups, output) = groups(shape, axes, keeps: false)
    var random = SplitMix64(seed: 82)
    for _ in 0..<10 {
      let codes = random.codes(shape.reduce(1, *))
      let x = randomQuantization(&random)
      let zeroPoint = randomQuantization(&random).zeroPoint
      let operand = TinyModel.Operand(codes, shape, x)
      let fine = QuantParams(scale: x.scale * 0.7, zeroPoint: zeroPoint)
      let coarse = QuantParams(scale: x.scale * 0.7 * Float(groups[0].count).squareRoot(), zeroPoint: zeroPoint)
      let means = try run("mean", operand, axes, output, fine, as: Int8.self)
      let sums = try run("sum", operand, axes, output, coarse, as: Int8.self)
      let unsigned = try run("sum", operand, axes, output, coarse, [Attribute("uint8_rule", 1)], as: Int8.self)
      for (i, group) in groups.enumerated() {
        let sum = group.reduce(0) { $0 + x.real(codes[$1]) }
        // Factors below one half round twice.
        #expect(fine.holds(sum / Double(group.count), as: means[i], slack: group.count > 1 ? 0.26 : 0.001), "seed 82")
        #expect(coarse.holds(sum, as: sums[i]), "seed 82")
        #expect(coarse.holds(sum, as: unsigned[i], slack: 0.51), "seed 82")
      }
    }
  }

  @Test func `int8 sums take codes as signed and send ties away from zero`() throws {
    let one = QuantParams(scale: 1, zeroPoint: 0)
    #expect(try run("sum", .init([-1, -2, -3], one), [0], [], one) == [-6] as [Int8])
    let two = QuantParams(scale: 2, zeroPoint: 0)
    #expect(try run("sum", .init([-1, -2, 3, 2], [2, 2], one), [1], [2], two) == [-2, 3] as [Int8])
  }

  @Test func `the mean of nothing is zero and its largest element the lowest value`() throws {
    let q = QuantParams(scale: 0.1, zeroPoint: 7)
    let x = TinyModel.Operand([], [2, 0], q)
    #expect(try run("mean", x, [1], [2], q) == [7, 7] as [Int8])
    #expect(try run("sum", x, [1], [2], q) == [7, 7] as [Int8])
    #expect(try run("reduce_max", x, [1], [2], q) == [-128, -128] as [Int8])
    #expect(try run("reduce_min", x, [1], [2], q) == [127, 127] as [Int8])
    #expect(try run("mean", .init([Int32](), [2, 0]), [1], [2]) == [0, 0] as [Int32])
    #expect(try run("mean", .init([Float](), [2, 0]), [1], [2]) == [0, 0] as [Float])
    #expect(try run("mean", x, [0], [0], q) == [] as [Int8])
  }

  @Test func `sums of integers wrap`() throws {
    #expect(try run("sum", .init([Int32.max, 1]), [0], []) == [.min] as [Int32])
  }

  @Test func `axes that cannot be are refused`() {
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    let x = TinyModel.Operand([1, 2, 3], q)
    for name in ["mean", "sum", "reduce_max", "reduce_min"] {
      for axis in [1, -2, Int(Int32.max), Int(Int32.min)] {
        expectRefused(name, [x, constant([axis])], outputs: [.codes([], q)])
      }
      expectRefused(name, [x], outputs: [.codes([], q)])
      expectRefused(name, [x, .init([0] as [Int32])], outputs: [.codes([], q)])
      expectRefused(name, [x, .init([0] as [Float], isConstant: true)], outputs: [.codes([], q)])
      expectRefused(name, [.init([true]), constant([0])], outputs: [TensorType(.bool)])
    }
    for name in ["mean", "sum"] {
      expectRefused(name, [.init([1, 2, 3] as [Int8]), constant([0])], outputs: [.codes([], q)])
      expectRefused(name, [x, constant([0])], outputs: [TensorType(.int8)])
    }
    expectRefused("mean", [x, constant([0])], outputs: [.codes([], QuantParams(scale: 1e-20, zeroPoint: 0))])
  }
}
